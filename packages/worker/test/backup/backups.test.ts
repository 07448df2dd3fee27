import { PinkyError } from '@pinky/protocol';
import { explain } from '../../src/commands/explain.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('backups', () => {
  const dir = tempDir();
  const up = (manifest: object = { persistent: true }): Promise<LifeBench> => new LifeBench(dir(), manifest).up();

  it('are made at the interval while the game is up, and told', async () => {
    const bench = await up({ persistent: true, backup: { intervalMs: 60_000 } });
    expect(bench.life.server.status()).toMatchObject({ next: 'a backup', nextAt: bench.clock.wallNow() + 60_000 });
    await bench.pass(180_000);
    expect(bench.events('backed_up')).toMatchObject([1, 2, 3].map((n) => ({ url: `backup ${n}`, size: 1 })));
  });

  it('are made at the interval of the box if the funpack names none, and a reload changes it', async () => {
    const bench = await up();
    bench.config = { ...bench.config, backup: { intervalMs: 10_000, keep: 2 } };
    bench.life.reconfigured();
    await bench.pass(10_000);
    expect(bench.store.orders).toMatchObject([{ config: { backup: { keep: 2 } } }]);
  });

  it('are not made for a game that keeps no world, and the command says so', async () => {
    const bench = await up({});
    await bench.pass(3_600_000);
    expect(bench.store.orders).toEqual([]);
    await expect(bench.command('backup')).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('begin with what the funpack wants said to the game', async () => {
    const bench = await up({ persistent: true, backup: { before: [{ send: 'save' }, { waitFor: 'saved' }] } });
    const backup = bench.command('backup');
    await turns();
    expect([bench.machine.game.heard, bench.store.orders]).toEqual([['save'], []]);
    bench.machine.game.print('all is saved');
    expect(await backup).toMatchObject({ backup: { url: 'backup 1' } });
  });

  const save = { before: [{ send: 'save-off' }], after: [{ send: 'save-on' }, { waitFor: 'saving' }] };

  it('end with what the funpack wants said then, also where they failed or were cut short by a stop', async () => {
    const bench = await up({ persistent: true, backup: save, stop: [{ send: 'stop' }] });
    bench.store.hold();
    const backup = bench.command('backup');
    await turns();
    expect(bench.machine.game.heard).toEqual(['save-off']);
    bench.store.letGo();
    await turns();
    expect(bench.machine.game.heard).toEqual(['save-off', 'save-on']);
    bench.machine.game.print('saving again');
    await backup;
    bench.store.error = new PinkyError('no_space', 'the disk is full');
    const failed = bench.command('backup');
    await turns();
    bench.machine.game.print('saving again');
    await expect(failed).rejects.toMatchObject({ code: 'no_space' });
    expect(bench.machine.game.heard).toEqual(['save-off', 'save-on', 'save-off', 'save-on']);
    bench.store.error = undefined;
    bench.store.hold();
    const cut = bench.command('backup').catch(() => undefined);
    await turns();
    const stop = bench.command('stop');
    await turns();
    expect(bench.machine.game.heard.slice(4, 7)).toEqual(['save-off', 'save-on', 'stop']);
    bench.store.letGo();
    await Promise.all([cut, stop]);
  });

  it('are ended towards the game by the next worker, where one died during a backup', async () => {
    const first = await up({ persistent: true, backup: save });
    first.store.hold();
    first.command('backup').catch(() => undefined);
    await turns();
    expect(first.machine.game.heard).toEqual(['save-off']);
    const second = await first.successor(10);
    await turns();
    expect(second.machine.game.heard.slice(-1)).toEqual(['save-on']);
    second.machine.game.print('saving again');
    await turns();
    const third = await second.successor(10);
    await turns();
    expect(third.machine.game.heard.filter((line) => line === 'save-on')).toHaveLength(1);
  });

  it('say nothing where it cannot be written down that the game is owed more words', async () => {
    const bench = await up({ persistent: true, backup: save });
    jest.spyOn(bench.life.server.record, 'change').mockImplementationOnce(() => { throw new Error('no space'); });
    await expect(bench.command('backup')).rejects.toThrow();
    expect(bench.machine.game.heard).toEqual([]);
  });

  it('are written one at a time, and the status says so', async () => {
    const bench = await up();
    bench.store.hold();
    const both = [bench.command('backup'), bench.command('backup')];
    await turns();
    expect([bench.store.orders.length, bench.life.server.status().isBackingUp]).toEqual([1, true]);
    await bench.pass(5_000);
    bench.store.letGo();
    expect(await Promise.all(both)).toMatchObject([{ backup: { url: 'backup 1' } }, { backup: { url: 'backup 2' } }]);
    expect(bench.life.server.status().isBackingUp).toBe(false);
    expect(bench.events('backed_up')).toMatchObject([{ took_ms: 5_000 }, { took_ms: 0 }]);
  });

  it('tell what they lack: in the answer, in the event, and to whoever asks later', async () => {
    const bench = await up();
    const gaps = { changed: { count: 1, names: ['map.db'] }, incomplete: true } as const;
    bench.store.gaps = gaps;
    expect(await bench.command('backup')).toMatchObject({ backup: gaps });
    expect(bench.events('backed_up')).toMatchObject([gaps]);
    expect(explain(bench.life.server).backup).toMatchObject(gaps);
  });

  it('that fail are told as events, and the next one is made all the same', async () => {
    const bench = await up({ persistent: true, backup: { intervalMs: 60_000 } });
    bench.store.error = new PinkyError('no_space', 'the disk is full');
    await bench.pass(60_000);
    expect(bench.events('backup_failed')).toMatchObject([{ code: 'no_space', message: 'the disk is full' }]);
    bench.store.error = undefined;
    await bench.pass(60_000);
    expect(bench.events('backed_up')).toHaveLength(1);
  });

  it('of a game that has saved nothing are answered with the newest from before, if there is one', async () => {
    const bench = await up();
    bench.store.error = new PinkyError('no_world', 'it has saved nothing');
    await expect(bench.command('backup')).rejects.toMatchObject({ code: 'no_world', message: 'it has saved nothing' });
    bench.store.written.push(bench.clock.wallNow());
    expect(await bench.command('backup')).toMatchObject({ backup: { url: 'backup 1' } });
    expect(bench.events('backup_failed')).toEqual([]);
  });

  it('of servers that come up together are spread over the interval, the first time', async () => {
    const bench = new LifeBench(dir(), { persistent: true, backup: { intervalMs: 60_000 } }, { random: 0.75 });
    await bench.up();
    expect(bench.life.server.status().nextAt).toBe(bench.clock.wallNow() + 15_000);
    await bench.pass(15_000);
    expect(bench.life.server.status().nextAt).toBe(bench.clock.wallNow() + 60_000);
  });

  it('that are due take no space that belongs to running games; those that somebody waits for do', async () => {
    const bench = await up({ persistent: true, backup: { intervalMs: 60_000 } });
    bench.config = { ...bench.config, disk: { reserve: { percent: 100 } } };
    await bench.pass(60_000);
    expect([bench.store.orders, bench.events('backup_failed')]).toMatchObject([
      [],
      [{ code: 'no_space', message: expect.stringContaining('disk.reserve') as string }],
    ]);
    expect(await bench.command('backup')).toMatchObject({ backup: { url: 'backup 1' } });
    expect(await bench.command('stop')).toMatchObject({ state: 'down', backup: { url: 'backup 2' } });
  });

  it('of an adopted game come when they are due, since it was up before', async () => {
    const first = await up({ persistent: true, backup: { intervalMs: 60_000 } });
    await first.pass(60_000);
    const second = await first.successor(40_000);
    expect(second.life.server.status().nextAt).toBe(second.clock.wallNow() + 20_000);
    await second.pass(20_000);
    expect(second.events('backed_up')).toHaveLength(1);
  });

  it('come at the interval, however often a worker is killed in between', async () => {
    let bench = await up({ persistent: true, backup: { intervalMs: 40_000 } });
    const written: number[] = [];
    for (let n = 0; n < 12; n++) {
      await bench.pass(13_000);
      written.push(bench.store.written.length); // 13 s after the start, 27 s, 41 s, and so on
      bench = await bench.successor(1_000, 0.99);
    }
    expect(written).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
  });

  it('that are overdue come within a minute, at a random moment', async () => {
    const first = await up({ persistent: true, backup: { intervalMs: 600_000 } });
    const second = await first.successor(3_600_000, 0.25);
    const { nextAt = 0 } = second.life.server.status();
    expect(nextAt - second.clock.wallNow()).toBe(15_000);
  });

  it('that fail after the worker has left are not told: the note would begin a run of its own', async () => {
    const bench = await up();
    bench.store.hold();
    const backup = bench.command('backup');
    await turns();
    bench.files.letGo();
    bench.life.leave();
    bench.store.error = new Error('the share is gone');
    bench.store.letGo();
    await expect(backup).rejects.toThrow('the share is gone');
    expect([bench.events('backup_failed'), bench.files.runs().length]).toEqual([[], 1]);
  });

  it('end with the game', async () => {
    const bench = await up({ persistent: true, backup: { intervalMs: 60_000 } });
    await bench.command('stop');
    await bench.pass(600_000);
    expect([bench.store.written.length, bench.clock.sleeping]).toEqual([1, 0]);
  });
});
