import { explain } from '../../src/commands/explain.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

const query = { type: 'q3a', port: '{ports.query}', every: 10_000, players: true };
const manifest = { query, ports: { query: { offset: 1 } } };

describe('a game that is asked by its own protocol', () => {
  const dir = tempDir();

  it('is asked on its port again and again while it is up, and its answer is shown', async () => {
    const bench = await new LifeBench(dir(), manifest).up();
    bench.queryAnswer = { players: [], count: 0, most: 8, pingMs: 3, map: 'q3dm17' };
    await bench.pass(25_000);
    expect(bench.queries).toEqual(Array(2).fill({ type: 'q3a', port: 10_001, timeoutMs: 5_000 }));
    const { answer } = explain(bench.life.server, { query: bench.life.query.facts }).query ?? {};
    expect(answer).toEqual({ count: 0, most: 8, pingMs: 3, map: 'q3dm17' });
    await bench.command('stop');
    await bench.pass(25_000);
    expect(bench.queries).toHaveLength(2);
  });

  it('tells who plays, where its console does not', async () => {
    const bench = await new LifeBench(dir(), manifest).up();
    bench.queryAnswer = { players: ['ann', 'bob'], count: 2 };
    await bench.pass(10_000);
    expect(bench.life.server.status().players).toEqual(['ann', 'bob']);
    bench.queryAnswer = { players: ['bob'], count: 1 };
    await bench.pass(10_000);
    expect(bench.events('player_connected')).toMatchObject([{ user: 'ann' }, { user: 'bob' }]);
    expect(bench.events('player_disconnected')).toMatchObject([{ user: 'ann', because: 'players_list' }]);
    bench.queryAnswer = { players: [], count: 1 }; // this protocol does not say who
    await bench.pass(10_000);
    expect(bench.life.server.status().players).toEqual(['bob']);
  });

  it('keeps to what its console tells where the funpack says nothing of players', async () => {
    const bench = await new LifeBench(dir(), { query: { type: 'q3a', every: 10_000 } }).up();
    bench.machine.game.say('player_connected', { user: 'ann' });
    bench.queryAnswer = { players: ['bob'], count: 1 };
    await bench.pass(10_000);
    expect(bench.life.server.status().players).toEqual(['ann']);
  });

  it('is warned of after three questions without an answer, until it answers, and never ended for that', async () => {
    const bench = await new LifeBench(dir(), manifest).up();
    await bench.pass(20_000);
    expect(bench.life.server.status()).not.toHaveProperty('warnings');
    await bench.pass(40_000);
    const warning = expect.stringMatching(/^the game has not answered \d queries/);
    expect(bench.life.server.status().warnings).toEqual([warning]);
    expect(bench.events('warning')).toMatchObject([{ kind: 'query_failed' }]);
    expect([bench.state, bench.machine.games.length]).toEqual(['up', 1]);
    bench.queryAnswer = { players: [] };
    await bench.pass(10_000);
    expect(bench.life.server.status()).not.toHaveProperty('warnings');
  });

  it('is asked by the worker that takes it over, too, and not while nothing says how', async () => {
    const bench = await new LifeBench(dir(), manifest).up();
    const next = await bench.successor();
    await next.pass(10_000);
    expect(next.queries).toHaveLength(1);
    const other = await new LifeBench(dir()).up();
    await other.pass(120_000);
    await turns();
    expect([other.queries, other.life.query.facts]).toEqual([[], undefined]);
  });
});
