import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('the standby of a server', () => {
  const dir = tempDir();

  const benchWith = (hasStandby: boolean, name = 'a'): LifeBench => {
    const bench = new LifeBench(`${dir()}/${name}`);
    bench.config = { ...bench.config, worker: { ...bench.config.worker, hasStandby } };
    return bench;
  };
  /** Up for so long that its standby waits. */
  const calm = async (name = 'a'): Promise<LifeBench> => {
    const bench = await benchWith(true, name).up();
    await bench.pass(700);
    return bench;
  };
  const states = ({ machine }: LifeBench): string[] => machine.standbys.map(({ now }) => now);
  const crash = async (bench: LifeBench): Promise<void> => {
    bench.machine.game.exit({ signal: 'SIGSEGV' });
    await turns();
  };

  it('is made once the game has been up for a moment, and launches the next one, which gets one too', async () => {
    const bench = await benchWith(true).up();
    await bench.pass(699);
    expect(states(bench)).toEqual([]);
    await bench.pass(1);
    expect(states(bench)).toEqual(['waits']);
    await crash(bench);
    expect([states(bench), bench.state]).toEqual([['used'], 'up']);
    await bench.pass(700);
    expect(states(bench)).toEqual(['used', 'waits']);
    expect(bench.clock.sleeping).toBeLessThan(5); // it waits for nothing any more
  });

  it('is given the launch that comes next, but for its run', async () => {
    const bench = await calm();
    await crash(bench);
    const { run: _run, ...order } = bench.machine.orders[1]!;
    expect(bench.machine.standbys[0]!.order).toEqual(order);
  });

  it('waits through the pause after a second crash', async () => {
    const bench = await calm();
    await crash(bench);
    await bench.pass(700);
    await crash(bench);
    expect([states(bench), bench.state]).toEqual([['used', 'waits'], 'crashed']);
    await bench.pass(1_000);
    expect([states(bench), bench.state]).toEqual([['used', 'used'], 'up']);
  });

  it.each([
    ['a stop', (bench: LifeBench) => bench.command('stop')],
    ['a restart', (bench: LifeBench) => bench.command('restart')],
    ['the end of its worker', async (bench: LifeBench) => bench.life.leave()],
    ['a reload', async (bench: LifeBench) => bench.life.reconfigured()],
    ['a funpack that is gone', async (bench: LifeBench) => {
      rmSync(bench.funpack().dir, { recursive: true });
      await crash(bench);
    }],
    ['another folder in the place of its funpack', async (bench: LifeBench) => {
      const { dir: folder } = bench.funpack();
      renameSync(folder, `${folder}.old`);
      bench.funpack();
      await crash(bench);
      expect([bench.state, bench.preparations.length]).toEqual(['up', 1]);
    }],
  ])('is ended by %s', async (_, end) => {
    const bench = await calm();
    await end(bench);
    await turns();
    expect(states(bench)).toEqual(['ended']);
  });

  it('is made anew after a reload, unless it is not wanted any more', async () => {
    const bench = await calm();
    bench.life.reconfigured();
    await bench.pass(700);
    expect(states(bench)).toEqual(['ended', 'waits']);
    bench.config = { ...bench.config, worker: { ...bench.config.worker, hasStandby: false } };
    bench.life.reconfigured();
    await bench.pass(10_000);
    expect(states(bench)).toEqual(['ended', 'ended']);
  });

  it('is not made for a game that is gone by then, nor where nobody wants one', async () => {
    const bench = await benchWith(true).up();
    await bench.pass(600);
    await crash(bench);
    await bench.pass(600);
    expect(states(bench)).toEqual([]);
    await bench.pass(100);
    expect(states(bench)).toEqual(['waits']);
    const without = await benchWith(false, 'b').up();
    await without.pass(60_000);
    expect(states(without)).toEqual([]);
  });

  it('waits for a machine that has no processor to spare, but not for ever', async () => {
    const bench = benchWith(true);
    bench.stallOf = () => bench.clock.now() * 0.3;
    await bench.up();
    await bench.pass(4_000);
    expect(states(bench)).toEqual([]);
    bench.stallOf = () => 0;
    await bench.pass(1_400);
    expect(states(bench)).toEqual(['waits']);
    const busy = benchWith(true, 'b');
    busy.stallOf = () => busy.clock.now();
    await busy.up();
    await busy.pass(6_000);
    expect(states(busy)).toEqual(['waits']);
  });

  it('that cannot be made is missed by nobody', async () => {
    const bench = benchWith(true);
    bench.machine.standbyError = new Error('EMFILE');
    await bench.up();
    await bench.pass(700);
    expect(bench.loggedAs('standby.unmade')).toMatchObject([{ because: 'Error: EMFILE' }]);
    await crash(bench);
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 2]);
  });

  it('of the worker before is none of this one, which makes its own', async () => {
    const first = await calm();
    mkdirSync(first.files.paths.dir, { recursive: true });
    const { worker } = first.config;
    const next = await first.successor(1_000, 0, { worker });
    await next.pass(700);
    expect(states(next)).toEqual(['ended', 'waits']);
  });
});
