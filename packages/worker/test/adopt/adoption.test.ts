import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

describe('a worker that takes over', () => {
  const dir = tempDir();
  const persistent = { persistent: true } as const;
  const change = (bench: LifeBench, what: object): void => {
    const { serverJson } = bench.files.paths;
    writeFileSync(serverJson, JSON.stringify({ ...JSON.parse(readFileSync(serverJson, 'utf8')) as object, ...what }));
  };
  const newestRun = (bench: LifeBench) => bench.files.paths.run(bench.files.runs().at(-1) ?? '');

  it('does nothing if there is nothing', async () => {
    const bench = new LifeBench(dir());
    await bench.adopt();
    expect([bench.state, bench.life.server.state.flow, existsSync(bench.files.paths.dir)]).toEqual([
      'down',
      'none',
      false,
    ]);
  });

  describe('a game that runs', () => {
    it('goes on with it: still up, since the same time', async () => {
      const first = await new LifeBench(dir(), persistent).up();
      first.machine.game.say('player_connected', { user: 'ann' });
      const { since } = first.life.server.status();
      const second = await first.successor();
      expect(second.life.server.status()).toMatchObject({
        state: 'up',
        since,
        because: 'its game goes on under a new worker',
        players: ['ann'],
        pid: first.machine.game.pid,
        next: 'a backup',
      });
      expect([second.machine.games.length, second.machine.cleared]).toEqual([1, []]);
      second.machine.game.exit({ code: 1 });
      await turns();
      expect([second.state, second.machine.games.length]).toEqual(['up', 2]);
    });

    it('waits for it if it is still loading, and its start can be joined', async () => {
      const first = await inState(dir(), 'starting');
      const second = await first.successor();
      const start = second.command('start');
      await turns();
      expect([second.state, second.life.server.state.flow]).toEqual(['starting', 'start']);
      second.machine.game.say('started');
      expect(await start).toMatchObject({ state: 'up', pid: second.machine.game.pid });
    });

    it('ends it if it does not get ready in time', async () => {
      const second = await (await inState(dir(), 'starting')).successor();
      await second.pass(120_000);
      expect([second.state, second.machine.game.isAlive]).toEqual(['failed', false]);
    });

    it('finds it up if it got ready while nobody looked', async () => {
      const first = await inState(dir(), 'starting');
      first.machine.isReadingHeld = true;
      first.machine.game.say('started');
      const second = await first.successor();
      expect([second.state, second.life.server.state.flow, second.told]).toEqual(['up', 'none', ['started']]);
      await second.pass(600_000);
      expect(second.state).toBe('up');
    });

    it('stops it if a stop was asked for', async () => {
      const first = await inState(dir(), 'stopping');
      const second = await first.successor();
      expect(second.state).toBe('stopping');
      await second.pass(45_000);
      expect([second.state, second.events('stopped').length]).toEqual(['down', 1]);
    });

    it.each([
      ['is cut short', (path: string) => writeFileSync(path, '{"format":')],
      ['is gone', (path: string) => rmSync(path)],
    ])('goes on with it if server.json %s: from the journals', async (_, damage) => {
      const first = await new LifeBench(dir(), persistent).up();
      for (const path of [first.files.paths.serverJson, `${first.files.paths.serverJson}.previous`]) damage(path);
      const second = await first.successor();
      expect(second.life.server.status()).toMatchObject({ state: 'up', port: 10_000, wanted: 'up' });
      expect(second.life.server.failure).toBeUndefined();
      expect(second.files.record()).toMatchObject({ wanted: 'up', port: 10_000 });
    });

    it('goes on with it if the funpack is gone, and logs that', async () => {
      const first = await new LifeBench(dir(), persistent).up();
      rmSync(first.start.funpack.url, { recursive: true });
      const second = await first.successor();
      expect([second.state, second.life.server.funpack]).toEqual(['up', undefined]);
      expect(second.loggedAs('funpack.lost')).toHaveLength(1);
      await second.command('broadcast', { message: 'still here' });
      expect(second.machine.game.heard).toEqual(['say still here']);
    });

    it('removes a run that is newer than that of the game', async () => {
      const first = await new LifeBench(dir()).up();
      mkdirSync(first.files.paths.run('9999999999999-abcd').dir);
      const second = await first.successor();
      expect([second.state, second.files.runs().length]).toEqual(['up', 1]);
      expect(second.loggedAs('run.superfluous')).toMatchObject([{ run: '9999999999999-abcd' }]);
    });

    it('tells of its launch if the worker before could not', async () => {
      const first = await new LifeBench(dir()).up();
      writeFileSync(newestRun(first).journal, '');
      change(first, { isPrepared: false });
      const second = await first.successor();
      expect(second.events('launched')).toMatchObject([{ pid: second.machine.game.pid, port: 10_000 }]);
      expect(second.files.record()).toMatchObject({ isPrepared: true });
    });
  });

  describe('a game that has ended meanwhile', () => {
    it('launches it again if it crashed, and has heard its last words', async () => {
      const first = await new LifeBench(dir()).up();
      first.machine.isReadingHeld = true;
      first.machine.game.print('the last word');
      first.machine.game.close();
      const { run } = first.life.server.status();
      first.machine.game.exit({ signal: 'SIGSEGV' });
      writeFileSync(newestRun(first).exit, 'exit 139\n');
      const second = await first.successor();
      expect(second.events('crashed')).toMatchObject([
        { signal: 'SIGSEGV', run, last_lines: expect.arrayContaining(['the last word']) as string[] },
      ]);
      expect([second.state, second.machine.games.length]).toEqual(['up', 2]);
      expect(second.machine.cleared[0]).toMatchObject({ datafile: second.files.paths.datafile });
    });

    it('stops it if it announced its end', async () => {
      const first = await new LifeBench(dir(), persistent).up();
      first.machine.isReadingHeld = true;
      first.machine.game.say('stopping');
      first.machine.game.close();
      first.machine.game.exit({ code: 0 });
      writeFileSync(newestRun(first).exit, 'exit 0\n');
      const second = await first.successor();
      expect([second.state, second.told.slice(-3)]).toEqual(['down', ['stopping', 'backed_up', 'stopped']]);
    });

    it('finishes the stop if one was asked for', async () => {
      const first = await inState(dir(), 'stopping');
      first.machine.game.close();
      first.machine.game.exit({ signal: 'SIGKILL' });
      const second = await first.successor();
      expect([second.state, second.told.slice(-2)]).toEqual(['down', ['backed_up', 'stopped']]);
      expect(existsSync(second.files.paths.dir)).toBe(false);
    });

    it('does not know how it ended if its wrapper was killed too', async () => {
      const first = await new LifeBench(dir()).up();
      first.machine.game.close();
      first.machine.game.exit({ signal: 'SIGKILL' });
      const second = await first.successor();
      expect(second.events('crashed')).toMatchObject([{ how: 'ended, and nobody saw how' }]);
    });
  });

  describe('no game', () => {
    it('begins a start again that was not prepared', async () => {
      const first = await inState(dir(), 'preparing');
      const second = await first.successor();
      expect([second.state, second.told]).toEqual(['up', ['preparing', 'launched', 'started']]);
      expect(second.preparations).toMatchObject([{ start: first.start, port: 10_000 }]);
    });

    it('launches a crashed game that was waiting to be launched again', async () => {
      const first = await inState(dir(), 'crashed');
      const second = await first.successor();
      expect([second.state, second.applied[0], second.preparations]).toEqual(['up', 'crashed launched starting', []]);
    });

    it('leaves the server failed, since the same time, and it can be started', async () => {
      const first = await inState(dir(), 'failed');
      const { since } = first.life.server.status();
      const second = await first.successor();
      expect(second.life.server.status()).toMatchObject({ state: 'failed', since, because: 'bin/prepare says no' });
      expect(await second.command('start')).toMatchObject({ state: 'up' });
    });

    it('launches nothing from a server.json that cannot be read', async () => {
      const first = await inState(dir(), 'crashed');
      for (const path of [first.files.paths.serverJson, `${first.files.paths.serverJson}.previous`])
        writeFileSync(path, '{');
      const second = await first.successor();
      expect([second.state, second.machine.games.length]).toEqual(['failed', 2]);
      await expect(second.command('list')).rejects.toThrow('server.json cannot be read');
    });

    it('takes a port anew if a power cut has left neither its record nor its journals', async () => {
      const first = await inState(dir(), 'crashed');
      const { serverJson, run } = first.files.paths;
      for (const path of [serverJson, `${serverJson}.previous`, ...first.files.runs().map((id) => run(id).journal)])
        writeFileSync(path, '');
      const second = await first.successor();
      expect(second.state).toBe('failed');
      expect(await second.command('start')).toMatchObject({ state: 'up', port: 10_100 });
    });

    it('writes the final backup if a stop had not written it yet', async () => {
      const first = await inState(dir(), 'crashed');
      change(first, { wanted: 'down' });
      const second = await first.successor();
      expect([second.state, second.store.written.length, second.events('stopped').length]).toEqual(['down', 1, 1]);
    });

    it('only removes files if the final backup is written', async () => {
      const first = await inState(dir(), 'crashed');
      first.sender.redisGoesAway();
      first.files.removeAllButRuns = () => undefined; // its worker dies before that
      void first.command('stop');
      await turns();
      change(first, { wanted: 'down' });
      const second = await first.successor();
      expect([second.state, second.store.written.length, second.events('stopped')]).toEqual(['down', 1, []]);
      expect(existsSync(second.files.paths.serverJson)).toBe(false);
    });

    it('parks the world if the final backup fails once more', async () => {
      const first = await inState(dir(), 'crashed');
      change(first, { wanted: 'down' });
      first.store.error = new Error('the share is gone');
      const second = await first.successor();
      expect([second.state, second.life.parking.all]).toMatchObject(['down', [{ record: { failure: {} } }]]);
    });

    it('goes on where the one before died in the midst of parking', async () => {
      const deaths: readonly ((first: LifeBench) => void)[] = [
        // the record is written, and the world is where it was
        ({ life: { parking, server } }) => {
          parking.park = () => { throw new Error('it is killed'); };
          server.record.tryChange({ wanted: 'down' });
        },
        // the world is moved, and nothing tells so
        ({ life: { server: { record, runs } } }) => {
          const tryChange = record.tryChange.bind(record);
          record.tryChange = (what) => { if (what.hasWorld !== false) tryChange(what); };
          runs.note = () => undefined;
        },
        // it is told in the record, and in no event
        ({ life: { server: { runs } } }) => {
          const note = runs.note.bind(runs);
          runs.note = (type, fields) => { if (type !== 'stopped') note(type, fields); };
        },
      ];
      for (const [n, die] of deaths.entries()) {
        const first = await inState(join(dir(), String(n)), 'crashed');
        writeFileSync(join(first.files.paths.working, 'map'), 'a world');
        first.sender.redisGoesAway(); // its runs stay
        die(first);
        first.files.removeAllButRuns = () => { throw new Error('it is dead'); };
        await first.command('stop').catch(() => undefined);
        change(first, { wanted: 'down', failed: undefined } as never);
        const second = await first.successor();
        const [park, ...more] = second.life.parking.all;
        expect([n, second.state, more, existsSync(second.files.paths.working)]).toEqual([n, 'down', [], false]);
        expect(readFileSync(join(park?.path ?? '', 'map'), 'utf8')).toBe('a world');
        expect(second.events('stopped')).toMatchObject([{ backup: park?.record?.backup, parked: park?.path }]);
      }
    });
  });

  it('publishes the rest of finished runs, and notes their end', async () => {
    const first = await inState(dir(), 'crashed');
    first.sender.redisGoesAway();
    await first.pass(1_000);
    const open = newestRun(first);
    first.machine.game.close();
    first.machine.game.exit({ code: 9 });
    writeFileSync(open.exit, 'exit 9\n');
    mkdirSync(first.files.paths.run('9999999999998-abcd').dir);
    const second = await first.successor();
    expect(second.sender.added.map(({ isComplete }) => isComplete)).toEqual([true, true, false]);
    expect(second.state).toBe('up');
  });
});
