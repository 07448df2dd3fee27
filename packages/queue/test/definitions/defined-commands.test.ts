import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PinkyError, readDefinition } from '@pinky/protocol';
import { DefinedBench, upAnswer } from '../support/defined-bench.js';

describe('a command to a server with a definition', () => {
  let bench: DefinedBench;
  beforeEach(() => { bench = new DefinedBench(); });
  afterEach(() => bench.end());

  it('defines the server when its worker has accepted the start, and not before', async () => {
    const world = { url: 'w' };
    const answer = bench.send({ name: 'start', data: { serverId: 'a', funpack: { url: 'p' }, world } });
    expect(bench.last?.command.data).toMatchObject({ revision: 1, ram: { min: 1024, max: 1024 }, settings: {}, world });
    expect(bench.onDisk).toBeUndefined();
    bench.says({ state: 'preparing', revision: 1 });
    bench.last?.answer.resolve(upAnswer);
    await answer;
    expect(bench.onDisk).toMatchObject({ wanted: 'up', revision: 1 });
    expect(bench.onDisk).not.toHaveProperty('world');
  });

  it('does not start, restart or remove a server while it goes back to another world', async () => {
    await bench.up();
    const release = bench.definitions.hold('a');
    const before = bench.routed.length;
    for (const name of ['start', 'restart', 'rm'] as const) {
      await expect(bench.send({ name, data: { serverId: 'a' } })).rejects.toMatchObject({
        code: 'not_ready',
        message: expect.stringContaining('goes back to another world') as string,
      });
    }
    expect(bench.routed).toHaveLength(before);
    release();
    void bench.send({ name: 'start', data: { serverId: 'a' } });
    expect(bench.routed).toHaveLength(before + 1);
  });

  it('leaves no definition of a start that no worker has accepted', async () => {
    const answer = bench.send({ name: 'start', data: { serverId: 'a', funpack: { url: 'p' } } });
    bench.last?.answer.reject(new PinkyError('worker_unreachable', 'no worker'));
    await expect(answer).rejects.toMatchObject({ code: 'worker_unreachable' });
    expect(bench.onDisk).toBeUndefined();
  });

  it('changes only what it names, unless it names the funpack', async () => {
    await bench.up();
    void bench.send({ name: 'start', data: { serverId: 'a', settings: { y: 2 } } });
    expect(bench.last?.command.data).toMatchObject({ funpack: { url: 'p' }, settings: { x: 1, y: 2 }, port: 10_000 });
    expect(bench.last?.command.data).toMatchObject({ given: ['y'] });
    void bench.send({ name: 'start', data: { serverId: 'a', funpack: { url: 'p' }, settings: { y: 2 } } });
    expect(bench.last?.command.data).toMatchObject({ settings: { y: 2 } });
    expect(bench.last?.command.data).not.toMatchObject({ settings: { x: 1 } });
    void bench.send({ name: 'start', data: { serverId: 'a', funpack: { url: 'other' } } });
    expect(bench.last?.command.data).toMatchObject({ funpack: { url: 'other' }, settings: {}, port: 10_000 });
    expect(bench.last?.command.data).not.toHaveProperty('given');
  });

  it('is written as down before the stop is answered, whatever becomes of that', async () => {
    await bench.up();
    const stop = bench.send({ name: 'stop', data: { serverId: 'a' } });
    bench.last?.answer.reject(new PinkyError('backup_failed', 'no'));
    await expect(stop).rejects.toMatchObject({ code: 'backup_failed' });
    expect(bench.onDisk).toMatchObject({ wanted: 'down' });
  });

  it('is wanted down after a kill, which goes to the worker as a stop that says so', async () => {
    await bench.up();
    const kill = bench.send({ name: 'kill', data: { serverId: 'a' } });
    expect(bench.last?.command).toEqual({ name: 'stop', data: { serverId: 'a', kill: true } });
    bench.last?.answer.resolve({ serverId: 'a', state: 'down' });
    await kill;
    expect(bench.onDisk).toMatchObject({ wanted: 'down' });
  });

  it('stays down if a stop comes behind a start that is not answered yet', async () => {
    const start = bench.send({ name: 'start', data: { serverId: 'a', funpack: { url: 'p' } } });
    const stop = bench.send({ name: 'stop', data: { serverId: 'a' } });
    bench.says({ state: 'preparing', revision: 1 });
    bench.routed[0]?.answer.reject(new PinkyError('cancelled', 'by a stop'));
    bench.routed[1]?.answer.resolve({ serverId: 'a', state: 'down' });
    await Promise.allSettled([start, stop]);
    expect(bench.onDisk).toMatchObject({ wanted: 'down', funpack: { url: 'p' } });
  });

  it('restarts with the definition as it is now', async () => {
    await bench.up();
    const change = bench.send({ name: 'start', data: { serverId: 'a', settings: { x: 2 } } });
    bench.last?.answer.resolve({ ...upAnswer, already: true });
    expect(await change).toMatchObject({ already: true, appliesAtNextStart: true });
    void bench.send({ name: 'restart', data: { serverId: 'a' } });
    expect(bench.last?.command.data).toMatchObject({ start: { settings: { x: 2, y: 1 } } });
  });
});

describe('a server that its worker gave up', () => {
  let bench: DefinedBench;
  beforeEach(async () => { bench = await new DefinedBench().up(); });
  afterEach(() => bench.end());

  it.each([
    ['crash_loop', 'down'],
    ['bad_settings', 'down'],
    [undefined, 'down'],
    ['start_timeout', 'up'],
    ['no_space', 'up'],
    ['port_taken', 'up'],
    ['version_removed', 'up'],
  ])('for %s is wanted %s', async (because, wanted) => {
    await bench.definitions.wantDown('a', because);
    expect(bench.onDisk).toMatchObject({ wanted });
  });

  it('for a lack is wanted down all the same, if somebody has just asked for it and hears of the failure', async () => {
    await bench.definitions.wantDown('a');
    const start = bench.send({ name: 'start', data: { serverId: 'a' } });
    const { revision = 0 } = (bench.last?.command.data ?? {}) as { revision?: number };
    bench.says({ state: 'preparing', revision });
    await bench.definitions.wantDown('a', 'start_timeout');
    bench.last?.answer.reject(new PinkyError('start_timeout', 'late'));
    await start.catch(() => undefined);
    expect(bench.onDisk).toMatchObject({ wanted: 'down' });
  });

  it('for a lack is started again, after growing pauses', async () => {
    bench.says({ state: 'failed' });
    bench.definitions.start();
    const starts = (): number => bench.routed.filter(({ command }) => command.name === 'start').length - 1;
    expect(starts()).toBe(1);
    const seen: number[] = [];
    for (let second = 0; second < 60; second += 5) {
      bench.last?.answer.reject(new PinkyError('no_space', 'full'));
      await clockTurns();
      await bench.clock.advance(5_000);
      seen.push(starts());
    }
    expect(seen).toEqual([2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4]);
  });
});

describe('a box that comes up', () => {
  let bench: DefinedBench;
  beforeEach(async () => { bench = await new DefinedBench().up(); });
  afterEach(() => bench.end());

  const comesUp = async (): Promise<void> => {
    await bench.definitions.stop();
    bench.statuses.clear();
    bench.routed.length = 0;
    bench.definitions = bench.open();
    bench.definitions.start();
  };

  it('starts what is wanted up, and nothing else', async () => {
    await comesUp();
    expect(bench.routed.map(({ command }) => command)).toMatchObject([
      { name: 'start', data: { serverId: 'a', settings: { x: 1, y: 1 } } },
    ]);
    await bench.definitions.wantDown('a');
    await comesUp();
    expect(bench.routed).toEqual([]);
  });

  it('starts nothing where that was asked for, or where it goes down again', async () => {
    bench.config = { ...bench.config, areStartsHeld: true };
    await comesUp();
    await bench.clock.advance(60_000);
    bench.config = { ...bench.config, areStartsHeld: false };
    bench.definitions.stopStarting();
    await bench.clock.advance(60_000);
    expect(bench.routed).toEqual([]);
  });

  it('defines what an older version started, before anything is started', async () => {
    const start = { funpack: { url: 'p' }, ram: {}, settings: {}, world: 'new' };
    const old = { format: 1, wanted: 'up', port: 10_300, start };
    for (const [id, record] of Object.entries({
      b: old,
      c: { ...old, wanted: 'down' },
      d: { ...old, start: { ...old.start, revision: 3 } },
      e: { ...old, start: { ...old.start, funpack: { url: 'unknown' } } },
      f: 'cut',
    })) {
      mkdirSync(join(bench.servers, id));
      writeFileSync(join(bench.servers, id, 'server.json'), JSON.stringify(record));
    }
    await comesUp();
    await bench.definitions.stop();
    const made = Object.fromEntries(['b', 'c', 'd', 'e', 'f'].map((id) => [id, readDefinition(bench.home, id)]));
    expect(made).toMatchObject({ b: { wanted: 'up', port: 10_300 }, c: { wanted: 'down' } });
    // The queue died before it could write what the worker of d had accepted.
    expect(made['d']).toMatchObject({ wanted: 'up', revision: 3, changedIn: 3 });
    expect([made['e'], made['f']]).toEqual([undefined, undefined]);
    expect(made['b']).not.toHaveProperty('world');
  });
});

const clockTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};
