import { mkdirSync, readdirSync } from 'node:fs';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { deaf, inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

const persistent = { persistent: true } as const;

describe('a restart', () => {
  const dir = tempDir();

  it('ends the game and starts it again, world and folder as they are', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    mkdirSync(`${bench.files.paths.working}/world`);
    const { game } = bench.machine;
    expect(await bench.command('restart')).toMatchObject({ state: 'up', port: 10_000, pid: game.identity.pid + 1 });
    expect(bench.events('stopped')).toMatchObject([{ code: 0, restarting: true }]);
    expect(bench.preparations.at(-1)).toMatchObject({ hasWorld: true, start: bench.start });
    expect(readdirSync(bench.files.paths.working)).toEqual(['world']);
    expect(bench.store.orders).toEqual([]);
  });

  it('becomes a stop if one comes in between, and says so', async () => {
    const bench = new LifeBench(dir(), persistent);
    bench.machine.habits = [deaf];
    await bench.up();
    const restart = bench.command('restart');
    await bench.pass(1_000);
    const stop = bench.command('stop');
    await turns();
    expect(bench.files.record()).toMatchObject({ wanted: 'down' });
    await bench.pass(45_000);
    await expect(restart).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down', backup: { url: 'backup 1' } });
    expect(bench.machine.games).toHaveLength(1);
  });

  it('is followed by a start that came during it', async () => {
    const bench = await inState(dir(), 'up');
    const [restart, start] = [bench.command('restart'), bench.command('start')];
    expect(await restart).toMatchObject({ state: 'up' });
    expect(await start).toMatchObject({ state: 'up' });
    expect(bench.machine.games).toHaveLength(2);
  });

  it('leaves the game alone if another program has the port that it was given', async () => {
    const bench = await inState(dir(), 'up');
    bench.ports.strangers.add(10_200);
    const start = { ...bench.start, port: 10_200, isPortFixed: true } as const;
    await expect(bench.command('restart', { start })).rejects.toMatchObject({ code: 'port_taken' });
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 1]);
    bench.ports.strangers.clear();
    expect(await bench.command('restart', { start })).toMatchObject({ state: 'up', port: 10_200 });
  });

  it('forgets earlier crashes', async () => {
    const bench = await inState(dir(), 'up');
    bench.machine.game.exit({ code: 1 });
    await turns();
    await bench.command('restart');
    bench.machine.game.exit({ code: 1 });
    await turns();
    expect(bench.state).toBe('up'); // at once, as after a first crash
  });
});
