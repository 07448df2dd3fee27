import { hourMs, midnight, ScheduledBox } from '../support/scheduled-box.js';

describe('the commands about schedules', () => {
  const answer = (box: ScheduledBox, name: 'schedule rm' | 'schedule run', schedule: string, id = 'x') =>
    box.schedules.commands.answer({ name, data: { schedule } }, { id });

  it('adds one once for one command', async () => {
    const box = new ScheduledBox();
    const one = await box.add({ when: '@daily', do: ['backup'] });
    const again = await box.add({ when: '@daily', do: ['backup'] });
    expect(again.id).toBe(one.id);
    expect(box.definition.schedules).toHaveLength(1);
    expect(one).toMatchObject({ next: midnight + 24 * hourMs, lateMs: 120_000, tz: 'UTC' });
  });

  it('changes what is named, keeps the rest, and pauses', async () => {
    const box = new ScheduledBox();
    const { id } = await box.add({ when: '0 4 * * *', do: ['restart'], warnMs: [60_000] });
    const edit = (change: object) =>
      box.schedules.commands.answer({ name: 'schedule edit', data: { schedule: id, change } }, { id: 'e' });
    await edit({ when: '0 5 * * *', isPaused: true });
    await box.until(6);
    expect(box.sent).toEqual([]);
    await edit({ isPaused: false, warnMs: [] });
    await box.until(30);
    expect(box.names).toEqual(['restart']);
    expect(box.schedule).not.toHaveProperty('missed');
    await expect(edit({ players: 'skip', warnMs: [60_000] })).rejects.toMatchObject({ code: 'bad_command' });
    await box.schedules.stop();
  });

  it('runs one at once, by the name of the command, and refuses a second run meanwhile', async () => {
    const box = new ScheduledBox();
    const { id } = await box.add({ when: '0 4 * * *', do: ['backup'] });
    box.answers.push(async () => {
      await box.clock.sleep(1_000);
      return { serverId: 'a', state: 'up' };
    });
    const first = answer(box, 'schedule run', id, 'job7');
    await expect(answer(box, 'schedule run', id)).rejects.toMatchObject({ code: 'not_ready' });
    await box.clock.advance(1_000);
    await expect(first).resolves.toMatchObject({ outcome: { outcome: 'done', isByHand: true } });
    expect(box.sent).toMatchObject([{ id: 'job7:0', name: 'backup' }]);
  });

  it('makes a change only of what its sender has read, whatever has run meanwhile', async () => {
    const box = new ScheduledBox();
    const { id, mark } = await box.add({ when: '0 4 * * *', do: ['backup'] });
    const rest = { isPaused: true };
    const edit = (change: object, ifMark?: string) => box.schedules.commands.answer(
      { name: 'schedule edit', data: { schedule: id, change, ...(ifMark !== undefined && { ifMark }) } },
      { id: 'e' },
    );
    const remove = (ifMark: string | undefined) => box.schedules.commands.answer(
      { name: 'schedule rm', data: { schedule: id, ...(ifMark !== undefined && { ifMark }) } },
      { id: 'r' },
    );
    await box.until(5);
    expect(box.names).toEqual(['backup']);
    await box.schedules.stop();
    expect(await edit({ when: '0 5 * * *' }, mark)).toMatchObject({ schedule: { when: '0 5 * * *' } });
    const late = { code: 'changed_meanwhile', message: expect.stringContaining('backup at "0 5 * * *" UTC') };
    await expect(edit(rest, mark)).rejects.toMatchObject(late);
    await expect(remove(mark)).rejects.toMatchObject(late);
    expect(box.schedule).toMatchObject({ when: '0 5 * * *' });
    expect(box.schedule).not.toHaveProperty('isPaused');
    const [now] = box.schedules.commands.views();
    expect(await edit(rest, now?.mark)).toMatchObject({ schedule: { isPaused: true } });
    expect(await edit({ when: '0 4 * * *', isPaused: false })).toMatchObject({ schedule: { mark } });
    await remove(mark);
    expect(box.definition.schedules).toEqual([]);
  });

  it('removes one, and says that it is not there any more', async () => {
    const box = new ScheduledBox();
    const { id } = await box.add({ when: '* * * * *', do: ['backup'] });
    await answer(box, 'schedule rm', id);
    await box.until(1);
    expect(box.sent).toEqual([]);
    await expect(answer(box, 'schedule rm', id)).rejects.toMatchObject({ code: 'not_found' });
    await box.schedules.stop();
  });
});
