import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('the dialogue after started', () => {
  const dir = tempDir();
  const afterStarted = [
    { send: 'sv_allow {port}' },
    { waitFor: '^allowed$', timeoutMs: 60_000 },
    { send: 'welcome' },
  ];

  it('is said to a game that has started, and waits for its answers', async () => {
    const bench = await new LifeBench(dir(), { afterStarted }).up();
    expect(bench.machine.game.heard).toEqual(['sv_allow 10000']);
    bench.machine.game.print('allowed');
    await turns();
    expect(bench.machine.game.heard).toEqual(['sv_allow 10000', 'welcome']);
  });

  it('is said once in a run, whoever watches the game', async () => {
    const bench = await new LifeBench(dir(), { afterStarted }).up();
    bench.machine.game.print('allowed');
    await turns();
    const next = await bench.successor();
    expect(next.state).toBe('up');
    expect(next.machine.game.heard).toEqual(['sv_allow 10000', 'welcome']);
  });

  it('is said again from its beginning by the worker after one that died over it', async () => {
    const bench = await new LifeBench(dir(), { afterStarted }).up();
    const next = await bench.successor();
    expect(next.machine.game.heard).toEqual(['sv_allow 10000', 'sv_allow 10000']);
    next.machine.game.print('allowed');
    await turns();
    expect(next.machine.game.heard.at(-1)).toBe('welcome');
  });

  it('is said to each new run, and ends where a stop begins', async () => {
    const bench = await new LifeBench(dir(), { afterStarted }).up();
    bench.machine.game.exit({ code: 1 });
    await bench.pass(1_000);
    expect(bench.machine.game.heard).toEqual(['sv_allow 10000']);
    await bench.command('stop');
    expect(bench.machine.game.heard).toEqual(['sv_allow 10000', 'stop', 'killRemains']);
  });
});
