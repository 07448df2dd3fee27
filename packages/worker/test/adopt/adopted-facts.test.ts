import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFunpack } from '@pinky/funpack-runner/light';
import { explain } from '../../src/commands/explain.js';
import { runStart, writeCheckpoint } from '../../src/record/checkpoint.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

describe('what a worker knows of a game that it takes over', () => {
  const dir = tempDir();
  const persistent = { persistent: true } as const;
  const change = (bench: LifeBench, what: object): void => {
    const { serverJson } = bench.files.paths;
    writeFileSync(serverJson, JSON.stringify({ ...JSON.parse(readFileSync(serverJson, 'utf8')) as object, ...what }));
  };
  const newestLog = ({ life }: LifeBench) => {
    const run = life.server.runs.current;
    if (!run) throw new Error('it has no run');
    return run.runLog;
  };

  it('goes on with it: up since it was ready, not since it was launched', async () => {
    const first = await inState(dir(), 'starting');
    await first.pass(30_000);
    first.machine.game.say('started');
    await turns();
    const { since } = first.life.server.status();
    const second = await first.successor();
    expect([since, second.life.server.status().since]).toEqual([first.clock.wallNow(), since]);
  });

  it('knows its last lines, which the worker before has read', async () => {
    const first = await new LifeBench(dir()).up();
    first.machine.game.print('one', 'two');
    const { paths, position } = newestLog(first);
    writeCheckpoint(paths.checkpoint, { ...position, isReady: true, players: [] }, runStart);
    const second = await first.successor();
    second.machine.game.exit({ signal: 'SIGSEGV' });
    await turns();
    expect(second.events('crashed')).toMatchObject([{ last_lines: ['{"event":"started"}', 'one', 'two'] }]);
  });

  it('warns of unusable events once for each kind, whoever counts them', async () => {
    const first = await new LifeBench(dir()).up();
    for (const event of ['chat', 'chat', 'players_list']) first.machine.game.say(event);
    await turns();
    const second = await first.successor();
    second.machine.game.say('chat');
    await turns();
    expect(first.events('warning')).toMatchObject([
      { kind: 'unusable_event', fault: 'chat without user' },
      { kind: 'unusable_event', fault: 'players_list without players' },
    ]);
    expect(second.events('warning')).toEqual([]);
    expect(explain(second.life.server).faults).toEqual({
      'chat without user': 3,
      'players_list without players': 1,
    });
  });

  it('points to the funpack of the new version, if that has the same content', async () => {
    const first = await new LifeBench(dir(), persistent).up();
    const shipped = join(dir(), 'new', 'funpacks');
    cpSync(first.start.funpack.url, join(shipped, 'pack'), { recursive: true });
    const context = { cacheDir: join(dir(), 'cache'), funpackPaths: [shipped], allowedHosts: [] };
    const digest = findFunpack({ url: 'pack' }, context)?.digest;
    const known = { dir: first.start.funpack.url, digest: 'of another folder and time' };
    change(first, { start: { ...first.start, funpack: { url: 'pack' } }, funpack: known });
    const second = await first.successor(1_000, 0, { funpacks: [shipped] });
    expect(second.life.server.funpack?.dir).toBe(join(shipped, 'pack'));
    expect(second.files.record()).toMatchObject({ funpack: { dir: join(shipped, 'pack'), digest } });
    change(second, { funpack: known });
    writeFileSync(join(shipped, 'pack', 'bin', 'more'), ''); // of another content now
    const third = await second.successor(1_000, 0, { funpacks: [shipped] });
    expect(third.life.server.funpack?.dir).toBe(known.dir);
    // The folder of the version before is removed while the game runs, and a backup still finds what it needs.
    rmSync(known.dir, { recursive: true });
    await third.life.backups.run();
    expect(third.life.server.funpack?.dir).toBe(join(shipped, 'pack'));
  });

  it('disconnects who was connected, and nobody twice', async () => {
    const first = await new LifeBench(dir()).up();
    for (const user of ['ann', 'bob']) first.machine.game.say('player_connected', { user });
    first.machine.game.close();
    first.machine.game.exit({ signal: 'SIGSEGV' });
    // the worker before died in the middle of telling
    newestLog(first).note('player_disconnected', { user: 'ann', because: 'the game has ended' });
    const second = await first.successor();
    expect(second.events('player_disconnected').map(({ user }) => user)).toEqual(['bob']);
  });

  it('writes down for which folder it was prepared, if an older version has launched it', async () => {
    const first = await new LifeBench(dir()).up();
    change(first, { preparedIn: undefined });
    const second = await first.successor();
    expect(second.files.record()).toMatchObject({ isPrepared: true, preparedIn: second.files.paths.working });
  });

  it('leaves that open if the game has ended, since the home may be a copy', async () => {
    const first = await new LifeBench(dir()).up();
    change(first, { preparedIn: undefined });
    first.files.letGo();
    first.life.leave(); // the worker is dead
    first.machine.game.exit({ code: 1 }, false);
    const second = await first.successor();
    expect([second.state, second.files.record()]).toEqual(['up', expect.not.objectContaining({
      preparedIn: expect.anything(),
    })]);
  });
});
