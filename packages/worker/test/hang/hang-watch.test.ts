import { explain } from '../../src/commands/explain.js';
import { LifeBench } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

const query = { type: 'q3a', every: 10_000 };
const hang = { silenceMs: 60_000 };
/** A game that has answered its first query, and answers none from then on. */
const muteAfterOne = async (bench: LifeBench): Promise<LifeBench> => {
  await bench.up();
  bench.queryAnswer = { players: [] };
  await bench.pass(10_000);
  bench.queryAnswer = undefined;
  return bench;
};

describe('a game that hangs', () => {
  const dir = tempDir();
  const make = (manifest: object = {}): LifeBench => new LifeBench(dir(), { query, hang, ...manifest });

  it('is ended and launched again where it is silent, answers no query and uses no processor', async () => {
    const bench = await muteAfterOne(make());
    bench.machine.game.cpuMs = 5_000;
    bench.machine.game.threadLines = ['process 1, thread 1 (game) sleeps'];
    await bench.pass(60_000);
    const signs = { silent_ms: 60_000, query: 'missed', cpu: 'still' };
    const how = 'had been silent for 60 s, answers no query and uses no processor';
    expect(bench.events('silent')).toMatchObject([{ how, signs, threads: ['process 1, thread 1 (game) sleeps'] }]);
    expect(bench.events('crashed')).toMatchObject([{ how: `was ended by SIGKILL (it ${how})` }]);
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 2]);
  });

  it('is ended where it spins', async () => {
    const bench = await muteAfterOne(make());
    bench.machine.game.cpuUse = () => bench.clock.now();
    await bench.pass(60_000);
    expect(bench.events('silent')).toMatchObject([{ signs: { cpu: 'spinning' } }]);
  });

  it('is warned of, and lives, where it works as usual: a failed query alone ends nothing', async () => {
    const bench = await muteAfterOne(make());
    bench.machine.game.cpuUse = () => bench.clock.now() / 5;
    await bench.pass(200_000);
    expect(bench.machine.games).toHaveLength(1);
    expect(bench.events('warning').map(({ kind }) => kind)).toEqual(['query_failed', 'looks_hung']);
    const warnings = bench.life.server.status().warnings;
    expect(warnings).toContainEqual(expect.stringMatching(/^the game may hang: it has been/));
    bench.machine.game.print('still here');
    await bench.pass(1_000);
    await bench.pass(61_000);
    expect(bench.events('warning')).toHaveLength(2); // each kind comes once in a run
  });

  it('lives while it speaks or answers, also if it uses no processor', async () => {
    const bench = await make().up();
    bench.machine.game.cpuMs = 5_000;
    bench.queryAnswer = { players: [] };
    await bench.pass(300_000);
    bench.queryAnswer = undefined;
    for (let times = 0; times < 6; times++) {
      bench.machine.game.print('tick');
      await bench.pass(50_000);
    }
    expect([bench.events('silent'), bench.machine.games.length]).toEqual([[], 1]);
  });

  it('is not taken for one if it has never answered a query: that may be turned off', async () => {
    const bench = await make().up();
    bench.machine.game.cpuMs = 5_000;
    await bench.pass(300_000);
    expect([bench.events('silent'), bench.machine.games.length]).toEqual([[], 1]);
  });

  it('is known to the next worker as one that had answered', async () => {
    const bench = await muteAfterOne(make());
    bench.machine.game.cpuMs = 5_000;
    const next = await bench.successor();
    await next.pass(61_000);
    expect(next.events('silent')).toMatchObject([{ signs: { query: 'missed', cpu: 'still' } }]);
  });

  it('is not taken for one during its backup, when its funpack may hold it still', async () => {
    const bench = await muteAfterOne(make({ persistent: true }));
    bench.machine.game.cpuMs = 5_000;
    bench.store.hold();
    void bench.command('backup');
    await bench.pass(100_000);
    expect(bench.events('silent')).toEqual([]);
    bench.store.letGo();
    await bench.pass(60_000);
    expect(bench.events('silent')).toHaveLength(1);
  });
});

describe('what follows a hang', () => {
  const dir = tempDir();
  const hung = async (manifest: object, onHang?: 'restart' | 'warn'): Promise<LifeBench> => {
    const bench = new LifeBench(dir(), { query, ...manifest });
    if (onHang) bench.config = { ...bench.config, game: { openFiles: 64, umask: '022', onHang } };
    await muteAfterOne(bench);
    bench.machine.game.cpuMs = 5_000;
    await bench.pass(200_000);
    return bench;
  };
  const games = ({ machine }: LifeBench): number => machine.games.length;

  it('is a warning, unless the funpack or the operator asks for more', async () => {
    const bench = await hung({});
    expect(games(bench)).toBe(1);
    expect(bench.events('warning')).toContainEqual(expect.objectContaining({
      kind: 'looks_hung',
      message: expect.stringMatching(/^the game hangs: it has been silent for \d+ s, answers no query/) as string,
    }));
    const { hang: facts } = explain(bench.life.server, { hang: bench.life.hang.facts });
    expect(facts).toMatchObject({ verdict: 'hung', follows: 'warn', query: 'missed', cpu: 'still' });
  });

  it('is a restart by the operator\'s word, or a warning where the funpack says restart', async () => {
    expect(games(await hung({}, 'restart'))).toBe(2);
    expect(games(await hung({ hang }, 'warn'))).toBe(1);
    expect(games(await hung({ silenceTimeoutMs: 20_000 }, 'warn'))).toBe(1);
    expect(games(await hung({ hang: { ...hang, do: 'warn' } }))).toBe(1);
  });
});

describe('a machine that starves its games', () => {
  const dir = tempDir();

  it('puts a decision off four times, and not for ever', async () => {
    const bench = await muteAfterOne(new LifeBench(dir(), { query, hang }));
    bench.machine.game.cpuMs = 5_000;
    const busy = setStall(bench);
    await bench.pass(60_000 + 3 * 30_000);
    expect(bench.events('silent')).toEqual([]);
    expect(bench.life.hang.facts).toMatchObject({ verdict: 'hung', isStarved: true, follows: 'restart' });
    await bench.pass(30_000);
    expect(bench.events('silent')).toHaveLength(1);
    busy();
  });

  it('also does so for a game that is too silent', async () => {
    const bench = await new LifeBench(dir(), { silenceTimeoutMs: 10_000 }).up();
    setStall(bench);
    await bench.pass(10_000 + 3 * 5_000);
    expect(bench.events('silent')).toEqual([]);
    await bench.pass(5_000);
    expect(bench.events('silent')).toHaveLength(1);
  });

  /** Some task waits for a processor all the time. */
  function setStall(bench: LifeBench): () => void {
    bench.stallOf = () => bench.clock.now();
    return () => { bench.stallOf = undefined; };
  }
});

describe('the stacks of a game that hangs', () => {
  const dir = tempDir();
  const asked = (stacks: readonly object[]): LifeBench =>
    new LifeBench(dir(), { silenceTimeoutMs: 10_000, hang: { stacks } } as ConstructorParameters<typeof LifeBench>[1]);

  it('are asked for before it is ended, and come with its crash', async () => {
    const bench = asked([{ signal: 'QUIT' }, { waitFor: '^JNI', timeoutMs: 5_000 }]);
    bench.machine.habits = [{ endsAt: ['SIGKILL'] }];
    await bench.up();
    bench.machine.game.print('the last word');
    await bench.pass(10_000);
    expect(bench.machine.game.heard).toEqual(['SIGQUIT']);
    bench.machine.game.print('"main" runnable', '  at Loop.java:7', 'JNI global refs: 2');
    await bench.pass(0);
    expect(bench.events('silent')).toMatchObject([{ last_lines: ['{"event":"started"}', 'the last word'] }]);
    expect(bench.events('crashed')).toMatchObject([
      { signal: 'SIGKILL', stacks: ['"main" runnable', '  at Loop.java:7', 'JNI global refs: 2'] },
    ]);
  });

  it('are waited for two seconds without a last line, and a game that tells nothing is ended', async () => {
    const bench = asked([{ send: 'threads' }]);
    bench.machine.habits = [{ endsAt: ['SIGKILL'] }];
    await bench.up();
    const { game } = bench.machine;
    await bench.pass(11_000);
    expect(game.heard).toEqual(['threads']);
    await bench.pass(1_000);
    expect(game.heard).toContain('SIGKILL');
    expect(bench.events('crashed')[0]).not.toHaveProperty('stacks');
  });

  it('may end it: that is no end by itself', async () => {
    const bench = asked([{ signal: 'QUIT' }]);
    await bench.up();
    await bench.pass(10_000);
    expect(bench.events('crashed')).toMatchObject([{ how: 'was ended by SIGQUIT (it had been silent for 10 s)' }]);
  });

  it('are asked for no further once somebody stops it', async () => {
    const bench = asked([{ waitFor: 'never', timeoutMs: 20_000 }]);
    bench.machine.habits = [{ endsAt: ['SIGKILL'] }];
    await bench.up();
    const { game } = bench.machine;
    await bench.pass(10_000);
    void bench.command('stop');
    await bench.pass(20_500);
    expect(game.heard).toEqual(['stop']);
  });
});
