import { writeFileSync } from 'node:fs';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a game that ends by itself', () => {
  const dir = tempDir();

  const ended = async (bench: LifeBench, code: number, isAnnounced = false) => {
    if (isAnnounced) bench.machine.game.say('stopping');
    bench.machine.game.exit({ code });
    await turns();
    return bench.state;
  };

  it('goes down by code, as its funpack says, and is launched again at any other', async () => {
    const onExit = [{ code: [3, 4], do: 'stop' }] as const;
    const bench = await new LifeBench(dir(), { onExit, persistent: true }).up();
    expect(await ended(bench, 5)).toBe('up');
    expect(await ended(bench, 4)).toBe('down');
    const because = 'the game exited with code 4, and onExit says to leave it at that';
    expect(bench.events('stopped')).toMatchObject([{ code: 4, how: 'exited with code 4', because }]);
    expect(bench.life.server.status()).toMatchObject({ state: 'down', because });
    expect([bench.staysDown, bench.store.orders.length]).toEqual([[undefined], 1]);
  });

  it('is launched again after its announced end where that is said, which is no crash', async () => {
    const bench = await new LifeBench(dir(), { onExit: 'restart' }).up();
    expect(await ended(bench, 0, true)).toBe('up');
    expect([bench.machine.games.length, bench.events('crashed')]).toEqual([2, []]);
    expect(bench.events('stopped')).toMatchObject([{ code: 0, restarting: true, restart_in_ms: 0 }]);
    for (let count = 0; count < 3; count++) {
      await ended(bench, 0, true);
      await bench.pass(10_000);
    }
    expect(await ended(bench, 0, true)).toBe('failed'); // a game that ends at once, again and again
    expect(bench.events('crash_loop')).toHaveLength(1);
  });

  it('is told apart by whether it has announced its end', async () => {
    const onExit = [{ announced: true, do: 'restart' }, { do: 'stop' }] as const;
    const bench = await new LifeBench(dir(), { onExit }).up();
    expect(await ended(bench, 0, true)).toBe('up');
    expect(await ended(bench, 0)).toBe('down');
  });

  it('follows the rules of its server first', async () => {
    const bench = await new LifeBench(dir(), { onExit: 'stop' }).up({ onExit: '0+announced=stop,7=restart' });
    expect(await ended(bench, 7)).toBe('up');
    expect(await ended(bench, 8)).toBe('down');
  });

  it('fails its start if it had not been up, with the code that says so', async () => {
    const bench = new LifeBench(dir(), { onExit: [{ code: 2, do: 'stop' }] });
    bench.machine.habits = [{ start: 'loading' }];
    const start = bench.command('start');
    await turns();
    expect(await ended(bench, 1)).toBe('starting');
    expect(await ended(bench, 2)).toBe('failed');
    await expect(start).rejects.toMatchObject({
      code: 'fatal_error',
      message: expect.stringContaining('exited with code 2 before it was ready'),
    });
    expect(bench.events('start_failed')).toMatchObject([{ code: 'fatal_error' }]);
  });

  it('is launched again where Pinky itself ended it', async () => {
    const bench = await new LifeBench(dir(), { onExit: 'stop', silenceTimeoutMs: 2_000 }).up();
    await bench.pass(3_000);
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 2]);
  });

  it('and whose worker was away meanwhile goes down all the same', async () => {
    const bench = await new LifeBench(dir(), { onExit: 'stop' }).up();
    const { game } = bench.machine;
    game.close(); // its worker is dead
    game.exit({ code: 9 }, false);
    writeFileSync(bench.files.paths.run(bench.life.server.runs.current?.id ?? '').exit, 'exit 9\n');
    const next = await bench.successor();
    expect([next.state, next.events('stopped')]).toMatchObject(['down', [{ code: 9 }]]);
  });
});
