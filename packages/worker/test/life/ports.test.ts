import { join } from 'node:path';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

describe('the ports of a start', () => {
  const dir = tempDir();

  describe('that somebody takes meanwhile', () => {
    it('are exchanged, and the server is prepared again, before anything is launched', async () => {
      const bench = await inState(dir(), 'preparing');
      bench.onPrepared = () => void bench.ports.strangers.add(10_000);
      bench.letPreparationGo();
      await turns();
      expect([bench.state, bench.machine.games.length]).toEqual(['up', 1]);
      const prepared = bench.preparations.map(({ port, hasWorld }) => [port, hasWorld]);
      expect(prepared).toEqual([[10_000, false], [10_100, true]]);
      expect(bench.events('preparing')).toMatchObject([{}, { port: 10_100, port_was: 10_000 }]);
      expect(bench.life.server.status()).toMatchObject({ port: 10_100 });
    });

    it('end the start if one was given', async () => {
      const bench = new LifeBench(dir());
      bench.onPrepared = () => void bench.ports.strangers.add(10_000);
      const start = bench.command('start', { port: 10_000, isPortFixed: true });
      await expect(start).rejects.toMatchObject({ code: 'port_taken' });
      expect([bench.state, bench.machine.games.length]).toEqual(['failed', 0]);
    });

    it('are exchanged too if the game ends then, and the start is answered once it is up', async () => {
      const bench = await inState(dir(), 'starting');
      const answer = bench.command('start');
      bench.ports.strangers.add(10_000);
      bench.machine.game.exit({ code: 1 }); // launched again at once
      await turns();
      bench.machine.habits = [{ start: 'ready' }];
      bench.machine.game.exit({ code: 1 }); // and now after a pause
      await bench.pass(1_000);
      expect(await answer).toMatchObject({ state: 'up', port: 10_100 });
      expect(bench.life.server.status()).toMatchObject({ state: 'up', port: 10_100 });
    });
  });

  it('are those that its funpack names, and another one of its own where these are taken', async () => {
    const bench = new LifeBench(dir(), { ports: { query: { offset: 1 } } });
    bench.ports.strangers.add(10_001);
    expect(await bench.command('start')).toMatchObject({ port: 10_100, portWas: 10_000, ports: { query: 10_101 } });
    expect(bench.files.record()).toMatchObject({ port: 10_100, ports: { query: 10_101 } });
    await bench.command('stop');
    expect([...bench.ports.taken]).not.toContain(10_101);
  });

  describe('on which the game does not listen', () => {
    it('are told once in a run, also by the next worker, and no longer once the game listens', async () => {
      const bench = new LifeBench(dir());
      await bench.up();
      bench.machine.game.listens = [8_303];
      await bench.pass(4_000);
      expect(bench.events('warning')).toEqual([]);
      await bench.pass(2_000);
      const message = 'nothing of the game listens on port 10000; it listens on 8303';
      const [warning] = bench.events('warning');
      expect(warning).toMatchObject({ kind: 'not_listening', port: 10_000, listens: [8_303], message });
      expect(bench.life.server.status().warnings).toEqual([message]);
      const next = await bench.successor();
      await next.pass(6_000);
      expect([next.events('warning'), next.life.server.status().warnings]).toEqual([[], [message]]);
      next.machine.game.listens = [8_303, 10_000];
      await next.pass(15_000);
      expect(next.life.server.status().warnings).toBeUndefined();
    });

    it('are not told where the funpack says so, or where nobody can see it', async () => {
      const mute = new LifeBench(dir(), { listens: false });
      await mute.up();
      mute.machine.game.listens = [];
      await mute.pass(10_000);
      expect(mute.events('warning')).toEqual([]);
      const unseen = new LifeBench(join(dir(), 'unseen'));
      await unseen.up();
      await unseen.pass(10_000);
      expect(unseen.events('warning')).toEqual([]);
    });
  });
});
