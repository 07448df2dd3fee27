import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { deferred, PinkyError } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

const persistent = { persistent: true } as const;

/** A server that is up, whose game hears nothing but what is named. */
async function upWith(dir: string, endsAt: readonly string[], manifest: object = persistent): Promise<LifeBench> {
  const bench = new LifeBench(dir, manifest);
  bench.machine.habits = [{ endsAt }, { start: 'ready' }];
  return bench.up();
}

describe('a stop', () => {
  const dir = tempDir();

  it('ends the game, writes the final backup, parks the world, and leaves nothing else', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    writeFileSync(`${bench.files.paths.working}/map`, 'a world');
    const answer = await bench.command('stop');
    expect(answer).toEqual({
      serverId: 'one',
      state: 'down',
      backup: { url: 'backup 1', size: 1, sha256: '' },
      ended: { code: 0, how: 'exited with code 0', step: 'command' },
      parked: expect.stringMatching(/servers\/\.parked\/one\/\d{13}-[0-9a-f]{4}$/) as string,
    });
    expect(readFileSync(`${answer.parked}/map`, 'utf8')).toBe('a world');
    expect(bench.machine.game.heard).toEqual(['stop', 'killRemains']);
    expect(bench.told.slice(-2)).toEqual(['backed_up', 'stopped']);
    expect(bench.events('stopped')).toMatchObject([
      { code: 0, how: 'exited with code 0', step: 'command', backup: 'backup 1', parked: answer.parked },
    ]);
    expect(existsSync(bench.files.paths.dir)).toBe(false);
    expect([bench.ports.taken.size, bench.life.server.record.now, bench.life.server.prepared]).toEqual([
      0,
      undefined,
      undefined,
    ]);
    expect(bench.clock.sleeping).toBe(0);
  });

  it('writes down that the server is to be down before it does anything', async () => {
    const bench = await inState(dir(), 'stopping');
    expect(bench.files.record()).toMatchObject({ wanted: 'down' });
  });

  it('goes rung by rung, and tells each time what comes next', async () => {
    const bench = await upWith(dir(), ['SIGKILL']);
    const answer = bench.command('stop');
    const next = (): (string | undefined)[] => {
      const { next: what, nextAt = 0 } = bench.life.server.status();
      return [what, String(nextAt - bench.clock.wallNow())];
    };
    await turns();
    expect(next()).toEqual(['SIGTERM if it has not ended', '30000']);
    await bench.pass(30_000);
    expect(next()).toEqual(['SIGQUIT if it has not ended', '10000']);
    await bench.pass(10_000);
    expect(next()).toEqual(['SIGKILL if it has not ended', '5000']);
    await bench.pass(5_000);
    expect(await answer).toMatchObject({ state: 'down' });
    expect(bench.machine.game.heard).toEqual(['stop', 'SIGTERM', 'SIGQUIT', 'SIGKILL', 'killRemains']);
    expect(bench.events('stopped')).toMatchObject([{ signal: 'SIGKILL' }]);
  });

  it('is joined by a second one: both get the same answer', async () => {
    const bench = await inState(dir(), 'stopping');
    const answers = [bench.command('stop'), bench.command('stop')];
    await bench.pass(45_000);
    const [first, second] = await Promise.all(answers);
    expect(first).toEqual(second);
    expect(bench.events('stopped')).toHaveLength(1);
  });

  it.each(['up', 'starting'] as const)('hurries after a second, harder order (%s)', async (state) => {
    const bench = new LifeBench(dir());
    bench.machine.habits = [{ start: state === 'up' ? 'ready' : 'loading', endsAt: ['SIGKILL'] }];
    void bench.command('start');
    await turns();
    const stop = bench.command('stop');
    await bench.pass(1_000);
    void bench.life.stops.stop('immediate');
    await turns();
    expect(bench.machine.game.heard.at(-1)).toBe('SIGQUIT');
    await bench.pass(5_000);
    expect(await stop).toMatchObject({ state: 'down' });
  });

  it('kills a game whose stop is under way, and parks its world all the same', async () => {
    const bench = await upWith(dir(), ['SIGKILL']);
    const stop = bench.command('stop');
    await bench.pass(1_000);
    const kill = bench.command('stop', { kill: true });
    await bench.pass(200);
    expect(bench.machine.game.heard.slice(-3)).toEqual(['SIGQUIT', 'SIGKILL', 'killRemains']);
    expect(await kill).toMatchObject({ state: 'down' });
    expect(await stop).toEqual(await kill);
  });

  it('waits for a game that not even KILL ends, says so, and is finished when it is gone', async () => {
    const bench = await upWith(dir(), []);
    let isStuck = false;
    void bench.life.stops.stuck.then(() => { isStuck = true; });
    const stop = bench.command('stop');
    await bench.pass(54_000);
    expect(isStuck).toBe(false);
    await bench.pass(60_000);
    expect(isStuck).toBe(true);
    expect(bench.loggedAs('game.outlives_kill').length).toBeGreaterThan(1);
    expect(bench.state).toBe('stopping');
    bench.machine.game.exit({ signal: 'SIGKILL' });
    await bench.pass(10_000);
    expect(await stop).toMatchObject({ state: 'down' });
  });

  it('writes no backup of a world that nobody has been in, nor of a game that keeps none', async () => {
    const unready = new LifeBench(`${dir()}/a`, persistent);
    unready.machine.habits = [{ start: 'loading' }];
    void unready.command('start');
    await turns();
    await unready.command('stop');
    const fleeting = await new LifeBench(`${dir()}/b`).up();
    await fleeting.command('stop');
    expect([unready.store.orders, fleeting.store.orders]).toEqual([[], []]);
  });

  it('is no failure if nothing has been saved', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    bench.store.error = new PinkyError('no_world', 'nothing has been saved');
    expect((await bench.command('stop')).backup).toBeUndefined();
    expect(bench.state).toBe('down');
  });

  it('cuts a backup that is under way, and makes its own', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    bench.store.hold();
    const backup = bench.command('backup');
    await turns();
    const stop = bench.command('stop');
    await expect(backup).rejects.toMatchObject({ code: 'cancelled' });
    bench.store.letGo();
    expect(await stop).toMatchObject({ backup: { url: 'backup 1' } });
    expect(bench.events('backup_failed')).toEqual([]);
  });

  it('waits until a preparation that it cuts short has cleaned up, before it removes anything', async () => {
    const bench = await inState(dir(), 'preparing');
    const cleaned = deferred<void>();
    bench.cleanUp = cleaned.promise;
    const stop = bench.command('stop');
    await turns();
    expect([bench.state, existsSync(bench.files.paths.serverJson)]).toEqual(['stopping', true]);
    cleaned.resolve();
    expect(await stop).toMatchObject({ state: 'down' });
  });

  it('follows the announced end of a game', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    bench.machine.isReadingHeld = true; // it is read once more when the game has ended
    bench.machine.game.say('stopping');
    bench.machine.game.exit({ code: 0 });
    await turns();
    expect([bench.state, bench.told.slice(-3)]).toEqual(['down', ['stopping', 'backed_up', 'stopped']]);
  });

  it('fails if the disk has become read-only, and succeeds once it can be written', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.files.failure = 'EROFS';
    await expect(bench.command('stop')).rejects.toMatchObject({ code: 'read_only' });
    expect([bench.state, bench.machine.game.isAlive]).toEqual(['failed', false]);
    bench.files.failure = undefined;
    expect(await bench.command('stop')).toMatchObject({ state: 'down' });
    expect(existsSync(bench.files.paths.dir)).toBe(false);
  });

  it('leaves a game alone that another worker has taken over', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.game.exit({ code: 0 });
    bench.files.letGo();
    await expect(bench.life.stops.stop('graceful')).rejects.toMatchObject({ code: 'connection_lost' });
    expect(existsSync(bench.files.paths.serverJson)).toBe(true);
  });
});

describe('a stop whose events cannot be published yet, because Redis is away', () => {
  const dir = tempDir();
  const stopped = async (): Promise<LifeBench> => {
    const bench = await new LifeBench(dir()).up();
    bench.sender.redisGoesAway();
    void bench.command('stop');
    await turns();
    return bench;
  };

  it('leaves the runs, and puts their console into the history', async () => {
    const bench = await stopped();
    expect([bench.state, readdirSync(bench.files.paths.dir)]).toEqual(['down', ['runs']]);
    bench.sender.redisIsBack();
    await turns();
    expect(existsSync(bench.files.paths.dir)).toBe(false);
  });

  it('does not disturb the next start: the game comes up, and keeps its files', async () => {
    const bench = await stopped();
    expect(await bench.command('start')).toMatchObject({ state: 'up' });
    bench.sender.redisIsBack();
    await turns();
    expect([bench.state, bench.life.server.state.flow]).toEqual(['up', 'none']);
    expect(existsSync(bench.files.paths.serverJson)).toBe(true);
  });

  it('is not joined by the next stop, which ends the game that was started meanwhile', async () => {
    const bench = await stopped();
    bench.machine.habits = [{ start: 'loading' }];
    const start = bench.command('start');
    await turns();
    const stop = bench.command('stop');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    bench.sender.redisIsBack();
    expect(await stop).toMatchObject({ state: 'down' });
    expect(bench.machine.games.map(({ isAlive }) => isAlive)).toEqual([false, false]);
  });
});

describe('the end of a game that did not get ready', () => {
  const dir = tempDir();
  const ending = async (): Promise<LifeBench> => {
    const bench = new LifeBench(dir(), persistent);
    bench.machine.habits = [{ start: 'loading', endsAt: ['SIGKILL'] }];
    void bench.command('start', {}, 'start');
    await bench.pass(120_000);
    return bench;
  };

  it('becomes a stop if one comes in between: the start is cancelled, and nothing is left', async () => {
    const bench = await ending();
    const start = bench.command('start', {}, 'start');
    const stop = bench.command('stop');
    await bench.pass(5_000);
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    expect(bench.events('start_failed')).toEqual([]);
    expect(existsSync(bench.files.paths.dir)).toBe(false);
  });

  it('hurries like any other', async () => {
    const bench = await ending();
    void bench.life.stops.stop('immediate').catch(() => undefined);
    await turns();
    expect(bench.machine.game.heard).toEqual(['SIGQUIT', 'SIGKILL', 'killRemains']);
  });

  it('is a failure if the game has ended and cannot be cleared away', async () => {
    const bench = await ending();
    bench.files.failure = 'EIO';
    await bench.pass(5_000);
    expect([bench.state, bench.loggedAs('server.stop_failed').length]).toEqual(['failed', 1]);
    await expect(bench.command('start', {}, 'start')).rejects.toThrow('EIO');
  });

  it('is no crash', async () => {
    const bench = await ending();
    await bench.pass(60_000);
    expect([bench.machine.games.length, bench.events('crashed')]).toEqual([1, []]);
  });
});
