import { writeFileSync } from 'node:fs';
import { FakeAdmission } from '../fakes/fake-surroundings.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a game that waits for its turn', () => {
  const dir = tempDir();

  it('is launched when it is admitted, and says its place until then', async () => {
    const bench = new LifeBench(dir());
    bench.admission.hold();
    const start = bench.command('start');
    await turns();
    expect(bench.life.server.status()).toMatchObject({ state: 'preparing', next: 'it waits for its turn, 2 of 3' });
    expect(bench.machine.games).toEqual([]);
    bench.admission.letGo();
    expect(await start).toMatchObject({ state: 'up' });
    expect(bench.admission.seen).toEqual(['asked', 'done']);
  });

  it('is not launched if a stop comes first', async () => {
    const bench = new LifeBench(dir());
    bench.admission.hold();
    const start = bench.command('start');
    await turns();
    expect(await bench.command('stop')).toMatchObject({ state: 'down' });
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect([bench.machine.games, bench.admission.seen]).toEqual([[], []]);
  });

  it('does not wait if it was up and has crashed, but counts', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.admission.hold();
    bench.machine.habits = [{ start: 'loading' }];
    bench.machine.game.exit({ code: 1 });
    await turns();
    expect([bench.state, bench.machine.games.length]).toEqual(['starting', 2]);
    expect(bench.admission.seen).toEqual(['asked', 'done', 'counted']);
  });

  it('waits if it died while no worker was there, before others if it had players', async () => {
    for (const [player, rank] of [[false, 'comesBack'], [true, 'hadPlayers']] as const) {
      const first = await new LifeBench(`${dir()}/${rank}`).up();
      if (player) first.machine.game.say('player_connected', { user: 'ann' });
      await turns();
      first.files.letGo();
      first.life.leave(); // the worker is dead
      first.machine.game.exit({ code: 1 }, false);
      const next = await first.successor();
      expect(next.admission.seen[0]).toBe(rank);
      expect(next.state).toBe('up');
    }
  });

  it('only comes back where it has to be prepared again for that, and does not wait after its next crash', async () => {
    const first = await new LifeBench(dir()).up();
    first.files.letGo();
    first.life.leave(); // the worker is dead
    first.machine.game.exit({ code: 1 }, false);
    const { serverJson } = first.files.paths;
    writeFileSync(serverJson, JSON.stringify({ ...first.files.record() as object, preparedIn: '/another/home' }));
    const next = await first.successor();
    expect([next.state, next.preparations.length, next.admission.asked]).toEqual(['up', 1, ['comesBack']]);
    next.machine.game.exit({ code: 1 });
    await next.pass(1_000);
    expect([next.state, next.machine.games.length, next.admission.asked]).toEqual(['up', 3, ['comesBack']]);
  });
});

describe('a game that comes back', () => {
  const dir = tempDir();

  const waiting = async (): Promise<LifeBench> => {
    const first = await new LifeBench(dir()).up();
    first.files.letGo();
    first.life.leave(); // the worker is dead
    first.machine.game.exit({ code: 1 }, false);
    const admission = new FakeAdmission();
    admission.hold();
    return first.successor(1_000, 0, {}, admission);
  };

  it('stands before others that come back once somebody asks for it', async () => {
    const bench = await waiting();
    expect(bench.admission.asked).toEqual(['comesBack']);
    const start = bench.command('start');
    await turns();
    expect(bench.admission.asked).toEqual(['comesBack', 'asked']);
    bench.admission.letGo();
    expect(await start).toMatchObject({ state: 'up' });
  });

  it('is one that somebody asks for at its next start', async () => {
    const bench = await new LifeBench(dir()).up({ isComingBack: true });
    expect(bench.life.server.record.now?.start.isComingBack).toBeUndefined();
    await bench.command('restart');
    expect(bench.admission.seen).toEqual(['comesBack', 'done', 'asked', 'done']);
  });
});

describe('a game that is not ready in time', () => {
  const dir = tempDir();

  it('gets its time once more where programs wait for a processor, and the start goes on', async () => {
    const bench = new LifeBench(dir(), { startTimeoutMs: 10_000 });
    bench.machine.habits = [{ start: 'loading' }];
    bench.stallMs = 0;
    const start = bench.command('start');
    await turns();
    for (let second = 0; second < 15; second++) {
      await bench.pass(1_000);
      bench.stallMs += 1_000;
    }
    expect(bench.state).toBe('starting');
    bench.machine.game.say('started');
    expect(await start).toMatchObject({ state: 'up' });
  });

  it('is ended where nothing kept it', async () => {
    const bench = new LifeBench(dir(), { startTimeoutMs: 10_000 });
    bench.machine.habits = [{ start: 'loading' }];
    bench.stallMs = 0;
    const start = bench.command('start');
    await bench.pass(15_000);
    await expect(start).rejects.toMatchObject({ code: 'start_timeout' });
    expect(bench.staysDown).toEqual(['start_timeout']);
  });
});
