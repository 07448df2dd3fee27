import { rmSync } from 'node:fs';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a crash', () => {
  const dir = tempDir();

  /** It crashes, and what follows without a pause has followed. */
  const crash = async (bench: LifeBench): Promise<void> => {
    bench.machine.game.exit({ signal: 'SIGSEGV' });
    await turns();
  };

  it('disconnects everyone who was connected, once, before it is told', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.game.say('player_connected', { user: 'ann', id: 1 });
    bench.machine.game.say('player_connected', { user: 'bob' });
    bench.machine.game.say('player_disconnected', { user: 'bob' });
    await crash(bench);
    expect(bench.events('player_disconnected')).toMatchObject([
      { user: 'bob' },
      { user: 'ann', user_id: 1, because: 'the game has ended' },
    ]);
    expect(bench.told.slice(5, 8)).toEqual(['player_disconnected', 'player_disconnected', 'crashed']);
    expect(bench.life.server.status().players).toEqual([]);
  });

  it('of a game whose funpack is gone is followed by a whole start, which finds it elsewhere', async () => {
    const bench = await new LifeBench(dir()).up();
    rmSync(bench.start.funpack.url, { recursive: true });
    await crash(bench); // the preparation of this bench makes it anew
    expect([bench.state, bench.preparations.length, bench.machine.games.length]).toEqual(['up', 2, 2]);
    expect(bench.told.slice(3)).toEqual(['crashed', 'preparing', 'launched', 'started']);
  });

  it.each(['EAGAIN', 'ENOSPC', 'EMFILE'])('does not count where no wrapper could be started: %s', async (code) => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.habits = [{ start: 'loading' }];
    await crash(bench);
    for (let n = 0; n < 9; n++) {
      bench.machine.game.exit({ neverRan: true }, false, Object.assign(new Error(`spawn ${code}`), { code }));
      await bench.pass(1_000);
    }
    expect(bench.events('crashed')).toHaveLength(1);
    bench.machine.game.exit({ neverRan: true }, false, new Error('no such program'));
    await turns();
    expect(bench.events('crashed').at(-1)).toMatchObject({ how: 'could not be launched: no such program' });
  });

  it('comes of a fatal error of a game that was up before, at once', async () => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.habits = [{ start: 'loading', endsAt: ['SIGKILL'] }];
    await crash(bench);
    bench.machine.game.say('fatal_error', { message: 'the world is locked' });
    await turns();
    expect(bench.events('crashed')).toMatchObject([
      {},
      { how: 'was ended by SIGKILL (it had said fatal_error: the world is locked)' },
    ]);
    expect(bench.state).toBe('crashed');
  });

  it.each(['EAGAIN', 'EMFILE'])('on a machine without room is no crash loop (%s)', async (code) => {
    const bench = await new LifeBench(dir()).up();
    bench.machine.launchError = Object.assign(new Error(`spawn /bin/sh ${code}`), { code });
    await crash(bench);
    await bench.pass(60_000);
    expect(bench.life.server.status()).toMatchObject({
      state: 'crashed',
      wanted: 'up',
      because: expect.stringContaining(code) as string,
    });
    bench.machine.launchError = undefined;
    await bench.pass(1_000);
    expect([bench.state, bench.events('crashed').length, bench.events('crash_loop')]).toEqual(['up', 1, []]);
  });
});
