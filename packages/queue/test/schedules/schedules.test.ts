import type { CommandResult } from '@pinky/protocol';
import { hourMs, midnight, ScheduledBox } from '../support/scheduled-box.js';

describe('a schedule', () => {
  it('runs on its minute, on each day', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: ['restart'] });
    await box.until(3.99);
    expect(box.sent).toEqual([]);
    await box.until(30);
    expect(box.sent.map(({ at }) => at)).toEqual([midnight + 4 * hourMs, midnight + 28 * hourMs]);
    expect(box.schedule.last).toMatchObject({ due: midnight + 28 * hourMs, outcome: 'done' });
    expect(new Set(box.sent.map(({ id }) => id)).size).toBe(2);
    expect(box.sent[0]?.id).toBe(`schedule:${box.schedule.id}:${midnight + 4 * hourMs}:0`);
    await box.schedules.stop();
  });

  it('warns the players of a server that is up, and nobody else', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: ['restart'], warnMs: [600_000, 300_000, 60_000] });
    await box.until(5);
    expect(box.sent.map(({ said, at }) => [said ?? 'restart', (at - midnight) / 60_000])).toEqual([
      ['This server restarts in 10 minutes.', 230],
      ['This server restarts in 5 minutes.', 235],
      ['This server restarts in 1 minute.', 239],
      ['restart', 240],
    ]);
    box.status = { state: 'crashed', players: [] };
    await box.until(29);
    expect(box.names.slice(4)).toEqual(['restart']);
    await box.schedules.stop();
  });

  it('takes up the steps of a sequence in their order, and ends it at one that fails', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: [{ broadcast: 'bye' }, { wait: 30_000 }, 'backup', 'stop'] });
    box.answers.push(async () => ({ serverId: 'a', state: 'up' }), async () => Promise.reject(new Error('full')));
    await box.until(5);
    expect(box.sent.map(({ name, at }) => [name, (at - midnight - 4 * hourMs) / 1_000])).toEqual(
      [['broadcast', 0], ['backup', 30]],
    );
    expect(box.schedule.last).toMatchObject({ outcome: 'failed', step: 2, code: 'internal', because: 'full' });
    expect(box.schedule.running).toBeUndefined();
    await box.schedules.stop();
  });

  it('restarts nothing that somebody stopped, and starts it where it says start', async () => {
    const box = new ScheduledBox();
    box.definition = { ...box.definition, wanted: 'down' };
    box.status = undefined;
    await box.add({ when: '0 4 * * *', do: ['restart'] });
    await box.add({ when: '0 5 * * *', do: ['start'] });
    await box.until(6);
    expect(box.names).toEqual(['start']);
    expect(box.schedule.last).toMatchObject({
      outcome: 'skipped',
      because: 'the server is wanted down: a restart would start it',
    });
    await box.schedules.stop();
  });

  it('leaves a run out if players are there, and another one waits until they have left', async () => {
    const box = new ScheduledBox();
    box.status = { state: 'up', players: ['ann'] };
    await box.add({ when: '0 4 * * *', do: ['restart'], players: 'skip' });
    await box.add({ when: '30 4 * * *', do: ['backup'], players: 'wait' });
    await box.until(6);
    expect(box.sent).toEqual([]);
    expect(box.schedule.last).toMatchObject({ outcome: 'skipped', because: '1 player was connected' });
    box.status = { state: 'up', players: [] };
    await box.until(6.5);
    expect(box.sent.map(({ id }) => id)).toEqual([expect.stringContaining(`:${midnight + 4.5 * hourMs}:0`)]);
    await box.schedules.stop();
  });

  it('tells of a run for which the players never left', async () => {
    const box = new ScheduledBox();
    box.status = { state: 'up', players: ['ann'] };
    await box.add({ when: '30 4 * * *', do: ['backup'], players: 'wait', lateMs: hourMs });
    await box.until(8);
    expect(box.sent).toEqual([]);
    expect(box.schedule.missed).toMatchObject({ count: 1, because: 'players were connected until it was too late' });
    await box.schedules.stop();
  });

  it.each(['skip', 'wait'] as const)('takes players for possible where nobody can know them (%s)', async (players) => {
    const box = new ScheduledBox();
    box.status = { state: 'up', players: [], arePlayersUnknown: true };
    await box.add({ when: '0 4 * * *', do: ['restart'], players, ...(players === 'wait' && { lateMs: hourMs }) });
    await box.until(8);
    expect(box.sent).toEqual([]);
    const { last, missed } = box.schedule;
    expect((players === 'skip' ? last : missed)?.because).toMatch(/does not tell .* nobody can know/);
    await box.schedules.stop();
  });

  it('passes over the times that come while its run is under way', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '* * * * *', do: ['backup'] });
    box.answers.push(async () => {
      await box.clock.sleep(150_000);
      return { serverId: 'a', state: 'up' };
    });
    await box.until(0.09);
    expect(box.sent.map(({ at }) => (at - midnight) / 60_000)).toEqual([1, 4, 5]);
    await box.schedules.stop();
  });
});

describe('the clock on the wall', () => {
  it('brings a box that was off for long one run, and tells of the others', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 * * * *', do: ['backup'] });
    box.jumpMs = 5 * hourMs + 60_000;
    await box.until(0.1);
    expect(box.sent.map(({ id }) => id)).toEqual([expect.stringContaining(`:${midnight + 5 * hourMs}:0`)]);
    expect(box.log.filter(({ event }) => event === 'schedule.missed')).toMatchObject([{ count: 4 }]);
    box.jumpMs += 3.5 * hourMs;
    await box.until(0.2);
    expect(box.sent).toHaveLength(1);
    expect(box.schedule.missed).toMatchObject({
      count: 3,
      first: midnight + 6 * hourMs,
      last: midnight + 8 * hourMs,
    });
    await box.schedules.stop();
  });

  it('brings no run twice when it is set back', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: ['restart'] });
    await box.until(4.5);
    box.jumpMs = -2 * hourMs;
    await box.until(9);
    expect(box.sent).toHaveLength(1);
    await box.until(31);
    expect(box.sent).toHaveLength(2);
    await box.schedules.stop();
  });

  it('begins anew, with other names of its commands, when it was years ahead', async () => {
    const box = new ScheduledBox();
    box.jumpMs = 1_000 * 24 * hourMs;
    await box.add({ when: '0 4 * * *', do: ['restart'] });
    await box.until(1);
    box.jumpMs = 0;
    await box.until(5);
    expect(box.sent.map(({ id }) => id)).toEqual([
      `schedule:${box.schedule.id}:${midnight + 4 * hourMs}:turn1:0`,
    ]);
    await box.schedules.stop();
  });
});

describe('a queue that ends in the middle of a run', () => {
  const never = (): Promise<CommandResult> => new Promise(() => undefined);

  it('leaves the run to the next one, which asks by the same name', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: ['backup', 'stop'] });
    box.answers.push(never);
    await box.until(4.01);
    await box.schedules.stop();
    expect(box.schedule.running).toMatchObject({ due: midnight + 4 * hourMs, step: 0 });
    box.begin();
    await box.until(4.02);
    expect(box.names).toEqual(['backup', 'backup', 'stop']);
    expect(box.sent[1]?.id).toBe(box.sent[0]?.id);
    expect(box.schedule.last).toMatchObject({ outcome: 'done' });
    await box.schedules.stop();
  });

  it('does not go on after days, and says so', async () => {
    const box = new ScheduledBox();
    await box.add({ when: '0 4 * * *', do: ['backup', 'stop'] });
    box.answers.push(never);
    await box.until(4.01);
    await box.schedules.stop();
    await box.clock.advance(47.5 * hourMs);
    box.begin();
    await box.until(51.6);
    expect(box.names).toEqual(['backup']);
    expect(box.schedule.last).toMatchObject({ outcome: 'failed', step: 0 });
    expect(box.schedule.missed).toMatchObject({ count: 1 });
    await box.schedules.stop();
  });
});
