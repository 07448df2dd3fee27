import { existsSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

describe('a start', () => {
  const dir = tempDir();
  const recordOf = ({ files }: LifeBench) => {
    const record = files.record();
    if (record === 'damaged') throw new Error('server.json is damaged');
    return record;
  };

  it('is on disk with everything that it needs before anything is prepared', async () => {
    const bench = await inState(dir(), 'preparing');
    expect(recordOf(bench)).toMatchObject({
      start: bench.start,
      wanted: 'up',
      port: 10_000,
      isPrepared: false,
      hasWorld: false,
    });
    expect(bench.told).toEqual(['preparing']);
    expect(bench.machine.games).toEqual([]);
  });

  it('is answered when the game says that it is ready', async () => {
    const bench = await inState(dir(), 'starting');
    const answer = bench.command('start');
    await turns();
    expect(bench.life.server.status()).toMatchObject({
      state: 'starting',
      next: 'it is ended if it is not ready',
      nextAt: bench.clock.wallNow() + 120_000,
    });
    bench.machine.game.say('started');
    expect(await answer).toEqual({
      serverId: 'one',
      state: 'up',
      port: 10_000,
      pid: bench.machine.game.pid,
    });
    expect(bench.told).toEqual(['preparing', 'launched', 'started']);
    expect(recordOf(bench)).toMatchObject({ isPrepared: true, hasWorld: true, isWorldUnused: false });
  });

  it('tells why a preparation failed, launches nothing, and keeps the port for the next attempt', async () => {
    const bench = new LifeBench(dir());
    bench.prepareError = new PinkyError('prepare_failed', 'bin/prepare says no');
    await expect(bench.command('start')).rejects.toMatchObject({ code: 'prepare_failed' });
    expect(bench.events('start_failed')).toMatchObject([{ code: 'prepare_failed', message: 'bin/prepare says no' }]);
    expect(recordOf(bench)).toMatchObject({
      wanted: 'down',
      port: 10_000,
      failed: { code: 'prepare_failed' },
      failedAt: bench.clock.wallNow(),
    });
    expect(bench.machine.games).toEqual([]);
    expect(bench.life.server.status()).toMatchObject({ state: 'failed', because: 'bin/prepare says no' });
    bench.prepareError = undefined;
    expect(await bench.command('start')).toMatchObject({ state: 'up', port: 10_000 });
    expect(recordOf(bench)?.failed).toBeUndefined();
  });

  it('takes another port if somebody has taken the port of the attempt before', async () => {
    const bench = await inState(dir(), 'failed');
    bench.ports.strangers.add(10_000);
    expect(await bench.command('start')).toMatchObject({ state: 'up', port: 10_100 });
    expect([...bench.ports.taken]).toEqual([10_100]);
  });

  it('leaves nothing behind if a full disk refuses it before it is written down', async () => {
    const bench = new LifeBench(dir());
    bench.files.failure = 'ENOSPC';
    await expect(bench.command('start')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(bench.state).toBe('failed');
    expect(bench.life.server.record.now).toBeUndefined();
    bench.files.failure = undefined;
    expect(await bench.command('start')).toMatchObject({ state: 'up' });
  });

  it('gives its port back if its record cannot be written', async () => {
    const bench = new LifeBench(dir());
    const make = bench.files.make.bind(bench.files);
    bench.files.make = () => { // the disk is full from here on
      make();
      bench.files.failure = 'ENOSPC';
    };
    await expect(bench.command('start')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect([bench.state, bench.ports.taken.size, bench.life.server.record.now]).toEqual(['failed', 0, undefined]);
  });

  it('fails if not even the wrapper can be started', async () => {
    const bench = new LifeBench(dir());
    bench.machine.launchError = new Error('spawn /bin/sh EAGAIN');
    await expect(bench.command('start')).rejects.toThrow('EAGAIN');
    expect(bench.told).toEqual(['preparing', 'start_failed']);
    expect(bench.clock.sleeping).toBe(0);
  });

  it('goes on if its game crashes before it was ready, and is answered when the next game is up', async () => {
    const bench = await inState(dir(), 'starting');
    const answer = bench.command('start');
    bench.machine.game.exit({ code: 1 });
    await turns();
    expect(bench.machine.games).toHaveLength(2);
    bench.machine.game.say('started');
    expect(await answer).toMatchObject({ state: 'up', pid: bench.machine.game.pid });
  });

  it('ends a game that is not ready in time, with its last lines', async () => {
    const bench = new LifeBench(dir(), { startTimeoutMs: 7_000 });
    bench.machine.habits = [{ start: 'loading', endsAt: ['SIGKILL'] }];
    const answer = bench.command('start');
    await turns();
    bench.machine.game.print('loading for ever');
    await bench.pass(7_000);
    expect(bench.machine.game.heard).toEqual(['SIGQUIT']);
    await bench.pass(5_000);
    await expect(answer).rejects.toMatchObject({
      code: 'start_timeout',
      message: 'server one: the game did not say that it is ready within 7 s',
      details: { lastLines: ['loading for ever'] },
    });
    expect(bench.events('start_failed')).toMatchObject([
      { code: 'start_timeout', signal: 'SIGKILL', last_lines: ['loading for ever'] },
    ]);
    expect(bench.life.server.status()).toMatchObject({ state: 'failed', wanted: 'down' });
    expect(bench.clock.sleeping).toBe(0);
  });

  it('fails at once, with the game\'s own reason, if the game says that it cannot start', async () => {
    const bench = await inState(dir(), 'starting');
    const answer = bench.command('start');
    bench.machine.game.print('loading the world');
    bench.machine.game.say('fatal_error', { message: 'no licence' });
    await bench.pass(0);
    await expect(answer).rejects.toMatchObject({
      code: 'fatal_error',
      message: 'server one: the game cannot start: no licence',
      details: { lastLines: expect.arrayContaining(['loading the world']) as string[] },
    });
    expect(bench.events('start_failed')).toMatchObject([{ code: 'fatal_error', how: 'was ended by SIGQUIT' }]);
    expect(bench.life.server.status()).toMatchObject({ state: 'failed', wanted: 'down' });
    expect([bench.machine.games.length, bench.clock.sleeping]).toEqual([1, 0]);
  });

  it('says how a game ended that was not ready, beside the code of the failure', async () => {
    const bench = await inState(dir(), 'starting');
    bench.machine.game.signal = () => bench.machine.game.exit({ code: 7 });
    await bench.pass(120_000);
    expect(bench.events('start_failed')).toMatchObject([{ code: 'start_timeout', how: 'exited with code 7' }]);
  });

  it.each(['EAGAIN', 'EMFILE', 'ENOMEM'])('waits while the machine has no room for the game (%s)', async (code) => {
    const bench = new LifeBench(dir());
    bench.machine.launchError = Object.assign(new Error(`spawn /bin/sh ${code}`), { code });
    const answer = bench.command('start');
    await bench.pass(30_000);
    expect(bench.life.server.status()).toMatchObject({
      state: 'starting',
      wanted: 'up',
      next: expect.stringContaining(code === 'EAGAIN' ? 'no further process' : code) as string,
    });
    bench.machine.launchError = undefined;
    await bench.pass(1_000);
    expect(await answer).toMatchObject({ state: 'up' });
    expect([bench.told, bench.preparations.length]).toEqual([['preparing', 'launched', 'started'], 1]);
  });

  it('waits while the machine has no room for the funpack\'s programs, until a stop comes', async () => {
    const bench = new LifeBench(dir());
    bench.prepareError = new PinkyError('prepare_failed', '/p/bin/prepare could not be started: spawn EAGAIN');
    const answer = bench.command('start');
    await bench.pass(3_000);
    expect([bench.state, bench.preparations.length]).toEqual(['preparing', 4]);
    await bench.command('stop');
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    expect([bench.state, bench.clock.sleeping]).toEqual(['down', 0]);
  });

  it('does not wait for a program that fails by itself, whatever it says', async () => {
    const bench = new LifeBench(dir());
    bench.prepareError = new PinkyError('prepare_failed', '/p/bin/prepare exited with 1; its last line: spawn EAGAIN');
    await expect(bench.command('start')).rejects.toMatchObject({ code: 'prepare_failed' });
  });

  it('counts what the game said while the worker itself stood still', async () => {
    const bench = await inState(dir(), 'starting');
    bench.machine.isReadingHeld = true;
    bench.machine.game.say('started');
    await bench.pass(120_000);
    expect(bench.state).toBe('up');
    expect(bench.machine.game.heard).toEqual([]);
  });

  it('does not come up if the game says so while it is being ended', async () => {
    const bench = new LifeBench(dir());
    bench.machine.habits = [{ start: 'loading', endsAt: ['SIGKILL'] }];
    void bench.command('start');
    await bench.pass(120_000);
    bench.machine.game.say('started');
    expect(bench.state).toBe('starting');
    await bench.pass(5_000);
    expect(bench.state).toBe('failed');
  });

  it.each(['preparing', 'starting'] as const)('is cancelled by a stop while it is %s', async (state) => {
    const bench = await inState(dir(), state);
    const start = bench.command('start');
    const stop = bench.command('stop');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    expect(existsSync(bench.files.paths.dir)).toBe(false);
    expect(bench.ports.taken.size).toBe(0);
    expect(bench.preparations[0]?.signal.aborted).toBe(true);
    await bench.pass(600_000);
    expect([bench.state, bench.clock.sleeping]).toEqual(['down', 0]);
  });

  it('launches nothing if a stop comes in the moment in which the preparation is done', async () => {
    const bench = new LifeBench(dir());
    const launched = jest.spyOn(bench.machine, 'launch');
    bench.onPrepared = () => queueMicrotask(() => void bench.life.stops.stop('graceful'));
    await expect(bench.command('start')).rejects.toMatchObject({ code: 'cancelled' });
    await turns();
    expect([launched.mock.calls.length, bench.state]).toEqual([0, 'down']);
  });

  it('is stopped with TERM first while the game is loading: it hears no orders yet', async () => {
    const bench = await inState(dir(), 'starting');
    await bench.command('stop');
    expect(bench.machine.game.heard).toEqual(['SIGTERM', 'killRemains']);
  });

  it('tells nothing once the worker leaves: the next worker goes on with it', async () => {
    const bench = await inState(dir(), 'preparing');
    bench.files.letGo();
    bench.life.leave();
    await turns();
    expect(bench.told).toEqual(['preparing']);
    expect(recordOf(bench)).toMatchObject({ wanted: 'up' });
    expect(bench.clock.sleeping).toBe(0);
  });
});

describe('a game that is silent', () => {
  const dir = tempDir();
  const bench = (): Promise<LifeBench> => new LifeBench(dir(), { silenceTimeoutMs: 3_000 }).up();

  it('is killed and launched again, and that is told', async () => {
    const silent = await bench();
    silent.machine.game.print('the last word');
    await silent.pass(3_000);
    expect(silent.events('silent')).toMatchObject([{ last_lines: ['{"event":"started"}', 'the last word'] }]);
    expect(silent.events('crashed')).toMatchObject([{ how: 'was ended by SIGKILL (it had been silent for 3 s)' }]);
    expect([silent.state, silent.machine.games.length]).toEqual(['up', 2]);
  });

  it('is left alone if it has spoken while the worker itself stood still', async () => {
    const silent = await bench();
    silent.machine.isReadingHeld = true;
    silent.machine.game.print('here');
    await silent.pass(3_000);
    expect(silent.machine.games).toHaveLength(1);
    await silent.pass(3_000);
    expect(silent.machine.games).toHaveLength(2);
  });

  it('is left alone while it is being stopped', async () => {
    const silent = new LifeBench(dir(), { silenceTimeoutMs: 3_000 });
    silent.machine.habits = [{ endsAt: ['SIGKILL'] }];
    await silent.up();
    void silent.command('stop');
    await silent.pass(10_000);
    expect(silent.events('silent')).toEqual([]);
  });
});
