import { existsSync, readFileSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

const segfault = { signal: 'SIGSEGV' };

describe('a crash', () => {
  const dir = tempDir();

  /** It crashes, and what follows without a pause has followed. */
  const crash = async (bench: LifeBench, status: object = segfault): Promise<void> => {
    bench.machine.game.exit(status);
    await turns();
  };

  it('is followed by a launch in the same turn, the first time', async () => {
    const bench = await new LifeBench(dir()).up();
    const launched = jest.spyOn(bench.machine, 'launch');
    bench.machine.game.exit(segfault);
    expect(launched).toHaveBeenCalledTimes(1); // nothing was waited for
    expect(bench.state).toBe('starting');
    await turns();
    expect(bench.told).toEqual(['preparing', 'launched', 'started', 'crashed', 'launched', 'started']);
    expect(bench.events('crashed')).toMatchObject([
      { signal: 'SIGSEGV', how: 'was ended by SIGSEGV', last_lines: ['{"event":"started"}'], restart_in_ms: 0 },
    ]);
    expect(bench.life.server.status()).toMatchObject({ state: 'up', restarts: 1, pid: bench.machine.game.pid });
    expect(bench.preparations).toHaveLength(1);
  });

  it('has its journal written before the launch, and leaves all that nobody waits for until after it', async () => {
    const bench = await new LifeBench(dir(), {}, { isAfterWorkHeld: true }).up();
    const { journal } = bench.life.server.runs.current!.runLog.paths;
    await crash(bench);
    expect(readFileSync(journal, 'utf8')).toContain('"crashed"');
    expect([bench.machine.games.length, bench.state]).toEqual([2, 'up']);
    expect([bench.files.record(), bench.files.runs().length]).toMatchObject([{ restarts: 0 }, 2]);
    await bench.pass(6);
    expect([bench.files.record(), bench.files.runs().length]).toMatchObject([{ restarts: 1 }, 1]);
  });

  it('leaves nothing for later where a pause follows, where a stop comes, and where the worker leaves', async () => {
    for (const then of ['pause', 'stop', 'leave']) {
      const bench = await new LifeBench(`${dir()}/${then}`, {}, { isAfterWorkHeld: true }).up();
      await crash(bench);
      if (then === 'pause') await crash(bench);
      else if (then === 'stop') await bench.command('stop');
      else bench.afterWork.finish();
      await turns();
      expect(bench.files.runs().length).toBeLessThan(2); // the first one is in the history and published
    }
  });

  it('is followed by growing pauses, the next times', async () => {
    const bench = await new LifeBench(dir()).up();
    await crash(bench);
    for (const pauseMs of [1_000, 2_000, 4_000]) {
      const { length } = bench.machine.games;
      await crash(bench);
      expect(bench.life.server.status()).toMatchObject({
        state: 'crashed',
        because: 'the game was ended by SIGSEGV',
        next: 'it is launched again',
        nextAt: bench.clock.wallNow() + pauseMs,
      });
      await bench.pass(pauseMs - 1);
      expect(bench.machine.games).toHaveLength(length);
      await bench.pass(1);
      expect([bench.state, bench.machine.games.length]).toEqual(['up', length + 1]);
    }
  });

  it('once too often is a crash loop, with its last lines: nothing is launched until somebody says so', async () => {
    const bench = await inState(dir(), 'starting');
    const start = bench.command('start');
    for (let n = 0; n < 5; n++) {
      bench.machine.game.print(`attempt ${n}`);
      await crash(bench, { code: 3 });
      await bench.pass(10_000);
    }
    const failure = {
      code: 'crash_loop',
      message: 'server one: the game exited with code 3 once too often',
      details: { lastLines: ['attempt 4'] },
    };
    await expect(start).rejects.toMatchObject(failure);
    expect(bench.events('crash_loop')).toMatchObject([{ code: 3, last_lines: ['attempt 4'] }]);
    expect(bench.life.server.failure).toMatchObject(failure);
    expect(bench.life.server.status()).toMatchObject({ state: 'failed', wanted: 'down', restarts: 4 });
    expect(bench.machine.cleared.at(-1)).toMatchObject({ game: undefined, datafile: bench.files.paths.datafile });
    expect(bench.clock.sleeping).toBe(0);
    bench.machine.habits = [{ start: 'ready' }];
    await bench.up(); // with all its chances
    await crash(bench);
    expect(bench.state).toBe('up');
  });

  it('now and then is no crash loop, however often', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.config = { ...bench.config, crashLoop: { ...bench.config.crashLoop, halfLifeMs: 10_000 } };
    for (let n = 0; n < 20; n++) {
      await crash(bench);
      await bench.pass(10_000);
    }
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 21]);
  });

  it('is every exit that the game has not announced while it was up', async () => {
    const exits = [{ code: 0 }, { code: 7 }, { signal: 'SIGKILL' }, {}];
    const hows = ['exited with code 0', 'exited with code 7', 'was ended by SIGKILL', 'ended, and nobody saw how'];
    for (const [n, status] of exits.entries()) {
      const bench = await new LifeBench(`${dir()}/${n}`).up();
      await crash(bench, status);
      expect(bench.events('crashed')).toMatchObject([{ ...status, how: hows[n] }]);
      expect(bench.state).toBe('up');
    }
  });

  it('may even be announced, if the game ended badly or had not been up', async () => {
    const bad = await new LifeBench(`${dir()}/bad`).up();
    bad.machine.game.say('stopping');
    await crash(bad, { code: 1 });
    const early = await inState(`${dir()}/early`, 'starting');
    early.machine.game.say('stopping');
    await crash(early, { code: 0 });
    expect([bad.events('crashed'), early.events('crashed')]).toMatchObject([[{ code: 1 }], [{ code: 0 }]]);
  });

  it('leaves nothing of the old game: its group at once, the rest once the new one runs', async () => {
    const bench = await new LifeBench(dir()).up();
    const { game } = bench.machine;
    await crash(bench);
    expect(game.heard).toEqual(['clearGroup']);
    expect(bench.machine.cleared).toEqual([]);
    await bench.pass(50);
    expect(bench.machine.cleared).toMatchObject([
      { datafile: bench.files.paths.datafile, bornBefore: bench.machine.game.identity.startTime },
    ]);
  });

  it('is also a launch that fails, and it is tried again', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.launchError = new Error('spawn /bin/sh EAGAIN');
    await crash(bench);
    expect(bench.state).toBe('crashed');
    expect(bench.events('crashed').at(-1)).toMatchObject({ how: 'could not be launched: spawn /bin/sh EAGAIN' });
    bench.machine.launchError = undefined;
    await bench.pass(1_000);
    expect([bench.state, bench.events('crashed').length]).toEqual(['up', 2]);
  });

  it('leads to a new preparation if the old one is not known any more', async () => {
    const bench = await inState(dir(), 'crashed');
    const { record } = bench.life.server;
    const known = record.now!;
    bench.life.server.forget();
    record.adopt(known);
    bench.holdPreparation();
    await bench.pass(1_000);
    expect([bench.state, bench.preparations.length]).toEqual(['preparing', 2]);
    bench.letPreparationGo();
    await turns();
    expect(bench.state).toBe('up');
  });

  describe('in the pause after it', () => {
    it('a start launches at once, and is answered when the game is up; the pause is over', async () => {
      const bench = await inState(dir(), 'crashed');
      expect(await bench.command('start')).toMatchObject({ state: 'up', pid: bench.machine.game.pid });
      await bench.pass(60_000);
      expect(bench.machine.games).toHaveLength(3);
    });

    it.each(['start', 'restart'] as const)('a %s and a start are one launch', async (name) => {
      const bench = await inState(dir(), 'crashed');
      const answers = await Promise.all([bench.command(name), bench.command('start')]);
      expect(answers[0]).toEqual(answers[1]);
      expect(bench.machine.games).toHaveLength(3);
    });

    it('a stop ends it, and nothing is launched any more', async () => {
      const bench = await inState(dir(), 'crashed');
      await bench.pass(100);
      expect(await bench.command('stop')).toMatchObject({ state: 'down' });
      expect(bench.clock.sleeping).toBe(0);
      await bench.pass(60_000);
      expect(bench.machine.games).toHaveLength(2);
      expect(existsSync(bench.files.paths.dir)).toBe(false);
    });

    it.each([[false], [true]])('a stop that comes as it ends is not overtaken (port lost: %s)', async (isLost) => {
      const bench = await inState(dir(), 'crashed');
      if (isLost) bench.ports.strangers.add(10_000);
      await bench.pass(999);
      const passed = bench.clock.advance(1); // the pause is over, and what follows comes in the next turn
      const stop = bench.life.stops.stop('graceful');
      await passed;
      await stop;
      expect([bench.state, bench.machine.games.length, bench.preparations.length]).toEqual(['down', 2, 1]);
    });

    it('a worker that leaves launches nothing', async () => {
      const bench = await inState(dir(), 'crashed');
      bench.files.letGo();
      bench.life.leave();
      await bench.pass(60_000);
      expect([bench.machine.games.length, bench.clock.sleeping]).toEqual([2, 0]);
    });
  });

  describe('with the disk as its cause', () => {
    it('does not count if the disk is full: the game is launched as soon as there is space', async () => {
      const bench = await new LifeBench(dir()).up();
      bench.machine.habits = [{ start: 'neverRan' }];
      bench.machine.isFull = true;
      await crash(bench);
      await bench.pass(60_000);
      expect(bench.life.server.status()).toMatchObject({
        state: 'crashed',
        because: 'the disk is full',
        next: 'it is launched again as soon as the disk has space',
      });
      expect(bench.events('crashed')).toHaveLength(1);
      bench.machine.habits = [{ start: 'ready' }];
      await bench.pass(1_000);
      expect(bench.state).toBe('up');
    });

    it('counts if there is space: the wrapper gave up for another reason', async () => {
      const bench = await new LifeBench(dir()).up();
      bench.machine.habits = [{ start: 'neverRan' }];
      await crash(bench);
      expect(bench.events('crashed').at(-1)).toMatchObject({ neverRan: true, how: 'could not be launched' });
    });

    it.each([
      ['ENOSPC', 'the disk has space'],
      ['EAGAIN', 'it allows another process'],
      ['EROFS', 'the disk can be written'],
    ] as const)('does not count if a new run is refused with %s: that is waited out', async (failure, once) => {
      const bench = await new LifeBench(dir()).up();
      bench.files.failure = failure;
      await crash(bench);
      await bench.pass(60_000);
      expect(bench.life.server.status()).toMatchObject({
        state: 'crashed',
        next: `it is launched again as soon as ${once}`,
      });
      bench.files.failure = undefined;
      await bench.pass(1_000);
      expect([bench.state, bench.events('crashed').length]).toEqual(['up', 1]);
    });
  });

  it('does not count where the programs of this version are gone: an upgrade brings others', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.launchError = new PinkyError('version_removed', 'wrapper.sh is gone');
    await crash(bench);
    await bench.pass(600_000);
    expect(bench.life.server.status()).toMatchObject({ state: 'crashed', because: expect.stringContaining('removed') });
    expect(bench.events('crashed')).toHaveLength(1);
    bench.machine.launchError = undefined;
    await bench.pass(1_000);
    expect(bench.state).toBe('up');
  });

  describe('after which somebody has taken the port', () => {
    it('is followed by a preparation for another one, and `ps` says that it is prepared', async () => {
      const bench = await inState(dir(), 'crashed');
      bench.ports.strangers.add(10_000);
      bench.holdPreparation();
      await bench.pass(1_000);
      expect(bench.life.server.status()).toMatchObject({
        state: 'preparing',
        port: 10_100,
        because: 'port 10000 is in use by another program',
      });
      bench.letPreparationGo();
      await turns();
      expect([bench.state, [...bench.ports.taken]]).toEqual(['up', [10_100]]);
      await crash(bench);
      expect(bench.events('crashed').at(-1)).toMatchObject({ restart_in_ms: 2_000 }); // it goes on counting
    });

    it('keeps its world', async () => {
      const bench = await inState(dir(), 'crashed');
      bench.ports.strangers.add(10_000);
      await bench.pass(1_000);
      expect(bench.preparations.at(-1)).toMatchObject({ port: 10_100, hasWorld: true });
    });
  });
});
