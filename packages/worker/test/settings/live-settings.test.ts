import type { StartOrder } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

const schema = {
  motd: { type: 'string', default: 'hello', live: 'motd "{value}"' },
  slots: { type: 'integer', live: { send: 'slots {value}', confirm: { pattern: '^slots: {value}$', reject: '^no$' } } },
  map: { type: 'string' },
  door: { type: 'string', secret: true, live: 'door {value}' },
  ops: { type: 'list', live: true },
} as const;
const settings = { motd: 'first', map: 'dm1' };

describe('settings that are changed while the game is up', () => {
  const dir = tempDir();
  const up = () => new LifeBench(dir(), { schema }).up({ settings, revision: 1 });
  const change = (bench: LifeBench, changed: object, more: Partial<StartOrder> = {}) =>
    bench.life.settings.change({ ...bench.start, settings: { ...settings, ...changed }, revision: 2, ...more });

  it('are said to the game, and belong to its run from then on', async () => {
    const bench = await up();
    expect(await change(bench, { motd: 'new' })).toEqual({ live: ['motd'], refused: {}, isWhole: true });
    expect(bench.machine.game.heard).toEqual(['motd "new"']);
    expect(bench.life.server.status()).toMatchObject({ revision: 2, plainSettings: ['map', 'motd'] });
    expect(bench.life.server.prepared?.context.settings).toMatchObject({ motd: 'new' });
    expect(bench.events('settings_changed')).toMatchObject([{ setting: 'motd', value: 'new', because: 'it was set' }]);
  });

  it('wait for the next start where the funpack says no way, and the run stays what it is', async () => {
    const bench = await up();
    expect(await change(bench, { motd: 'new', map: 'dm2' })).toEqual({ live: ['motd'], refused: {}, isWhole: false });
    expect(bench.life.server.status()).toMatchObject({ revision: 1 });
    expect(bench.life.server.record.now?.start.settings).toEqual({ motd: 'new', map: 'dm1' });
  });

  it('wait with the reason where the game cannot be told the value, or does not take it', async () => {
    const bench = await up();
    expect(await change(bench, { motd: 'a "b"; c' })).toMatchObject({
      live: [],
      refused: { motd: { code: 'bad_text', message: expect.stringContaining('schema.motd.live') } },
    });
    const answer = change(bench, { slots: 9 });
    await turns();
    bench.machine.game.print('no');
    expect(await answer).toMatchObject({ live: [], refused: { slots: { code: 'order_rejected' } } });
    const again = change(bench, { slots: 9 });
    await turns();
    bench.machine.game.print('slots: 9');
    expect(await again).toMatchObject({ live: ['slots'] });
  });

  it('are the default again where they are taken away', async () => {
    const bench = await up();
    await bench.life.settings.change({ ...bench.start, settings: { map: 'dm1' }, revision: 2 });
    expect(bench.machine.game.heard).toEqual(['motd "hello"']);
    expect(bench.life.server.record.now?.start.settings).toEqual({ map: 'dm1' });
  });

  it('are said in the words of the program form, as a list or as one text', async () => {
    const bench = await up();
    await change(bench, { ops: ['ann', 'bob'] });
    expect(bench.machine.game.heard).toEqual(['set ops ann,bob']);
  });

  it('are refused as a start would refuse them, and nothing is said', async () => {
    const bench = await up();
    await expect(change(bench, { slots: 'many' })).rejects.toMatchObject({ code: 'bad_settings' });
    await expect(change(bench, { mtod: 'x' }, { given: ['mtod'] })).rejects.toMatchObject({ code: 'bad_settings' });
    expect(bench.machine.game.heard).toEqual([]);
  });

  it('are said to the game again when it was launched again, and not to one that a new worker took over', async () => {
    const bench = await up();
    await change(bench, { motd: 'new' });
    bench.machine.game.exit({ code: 1 });
    await turns();
    expect(bench.machine.game.heard).toEqual(['motd "new"']);
    const next = await bench.successor();
    expect(next.machine.game.heard).toEqual(['motd "new"']);
  });

  it('are told to nobody while the game is not up', async () => {
    const bench = new LifeBench(dir(), { schema });
    bench.machine.habits = [{ start: 'loading' }];
    void bench.command('start', { settings });
    await turns();
    expect(await change(bench, { motd: 'new' })).toEqual({ live: [], refused: {}, isWhole: false });
  });

  it('need nothing of the game for the rules about its exits', async () => {
    const bench = await up();
    expect(await change(bench, {}, { onExit: '7=stop' })).toMatchObject({ isWhole: true });
    bench.machine.game.exit({ code: 7 });
    await turns();
    expect(bench.state).toBe('down');
  });

  it('never have a secret in an event, a line or an error', async () => {
    const bench = await up();
    await change(bench, { door: 'hunter2-open' });
    bench.machine.game.say('chat', { user: 'ann', message: 'is it hunter2-open?' });
    bench.machine.game.print('the door is hunter2-open');
    bench.machine.game.exit({ code: 1 });
    await turns();
    expect(JSON.stringify(bench.sender.events)).not.toContain('hunter2-open');
    expect(bench.events('chat')).toMatchObject([{ message: 'is it ***?' }]);
    expect(bench.events('crashed')[0]?.['last_lines']).toContain('the door is ***');
    expect(bench.life.server.record.now?.start.settings).toMatchObject({ door: 'hunter2-open' });
  });
});

describe('settings that the game changes by itself', () => {
  const dir = tempDir();
  const up = () => new LifeBench(dir(), { schema }).up({ settings: { ...settings, ops: ['ann'] }, revision: 1 });

  it('go to the queue, with what they were before, and belong to the run', async () => {
    const bench = await up();
    bench.machine.game.say('settings_changed', { setting: 'motd', value: 'by the game' });
    await turns();
    expect(bench.askedOfQueue).toEqual([{
      method: 'settingsChanged',
      params: { serverId: 'one', settings: { motd: 'by the game' }, was: { motd: 'first' } },
    }]);
    expect(bench.life.server.record.now?.start.settings).toMatchObject({ motd: 'by the game' });
    expect(bench.life.server.record.now?.announced).toBeUndefined();
  });

  it('may be an item more or less of a list', async () => {
    const bench = await up();
    bench.machine.game.say('settings_changed', { setting: 'ops', add: 'bob' });
    bench.machine.game.say('settings_changed', { setting: 'ops', remove: 'ann' });
    bench.machine.game.say('settings_changed', { setting: 'ops', add: 'bob' });
    await turns();
    expect(bench.life.server.record.now?.start.settings).toMatchObject({ ops: ['bob'] });
  });

  it('are left alone where the schema does not have them, or not so, which is told once', async () => {
    const bench = await up();
    bench.machine.game.say('settings_changed', { setting: 'weather', value: 'rain' });
    bench.machine.game.say('settings_changed', { kind: 'opped', target: 'ann' });
    for (const value of ['many', 'more']) bench.machine.game.say('settings_changed', { setting: 'slots', value });
    await turns();
    expect(bench.askedOfQueue).toEqual([]);
    expect(bench.events('warning')).toMatchObject([{ kind: 'unusable_setting', setting: 'slots' }]);
  });

  it('wait while the queue is away, and for the next worker', async () => {
    const bench = await up();
    bench.isQueueAway = true;
    bench.machine.game.say('settings_changed', { setting: 'motd', value: 'one' });
    bench.machine.game.say('settings_changed', { setting: 'motd', value: 'two' });
    await bench.pass(2_000);
    const next = await bench.successor();
    next.life.settings.resume();
    await turns();
    expect(next.askedOfQueue).toEqual([{
      method: 'settingsChanged',
      params: { serverId: 'one', settings: { motd: 'two' }, was: { motd: 'first' } },
    }]);
  });

  it('are not taken a second time from lines that a new worker reads again', async () => {
    const bench = await up();
    bench.machine.game.say('settings_changed', { setting: 'motd', value: 'old' });
    await turns();
    await bench.life.settings.change({ ...bench.start, settings: { ...settings, motd: 'set later', ops: ['ann'] } });
    const next = await bench.successor();
    expect(next.life.server.record.now?.start.settings).toMatchObject({ motd: 'set later' });
    expect(next.askedOfQueue).toEqual([]);
  });

  it('show no secret', async () => {
    const bench = await up();
    bench.machine.game.say('settings_changed', { setting: 'door', value: 'hunter2-new' });
    await turns();
    expect(JSON.stringify(bench.sender.events)).not.toContain('hunter2-new');
    expect(bench.life.server.record.now?.start.settings).toMatchObject({ door: 'hunter2-new' });
  });
});
