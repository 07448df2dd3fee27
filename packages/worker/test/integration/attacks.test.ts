import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cgroup, findHierarchies, hasNamespaces, lacksUsers } from '@pinky/jail';
import type { BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { readRunIdentity } from '../../src/launch/run-identity.js';
import { Box } from './harness.js';

const games = join(__dirname, 'games');
const exchange = resolve(__dirname, '../../../funpack-runner/test/support/exchange-names.pl');
const controllers = findHierarchies().flatMap((one) => one.controllers);
const isolation: NonNullable<BoxConfig['isolation']> = {
  kind: 'strict',
  users: { first: 65_536, count: 34_464 },
  visible: [games, join(exchange, '..')],
};
const limits: NonNullable<BoxConfig['limits']> = {
  hasMemory: true,
  headroomBytes: 24 * 2 ** 20,
  processes: 40,
  cpuWeight: 100,
  cpuQuotaPercent: 0,
  oomScore: 300,
};
const mark = 'ours, and nobody elses';
const canAll = lacksUsers() === undefined && hasNamespaces() &&
  (['memory', 'pids'] as const).every((one) => controllers.includes(one));

(canAll ? describe : describe.skip)('a game that attacks while others play', () => {
  let box: Box;
  let neighbour: number;
  const racers: ChildProcess[] = [];
  beforeAll(async () => {
    box = await Box.open({ config: { isolation, limits } });
    neighbour = (await box.up('two', box.funpack('obedient.sh'))).game;
  });
  afterAll(async () => {
    for (const racer of racers) racer.kill('SIGKILL');
    await box.close();
  });

  const start = (serverId: string, pack: string, more: object = {}) => {
    box.startWorker(serverId);
    const ram = { min: 16, max: 16 };
    return box.command('start', { serverId, funpack: { url: pack }, ram, isRamGiven: true, settings: {}, ...more });
  };
  const say = (serverId: string, message: string) => box.command('broadcast', { serverId, message });
  /** Nobody else has noticed. */
  const othersPlay = async (): Promise<void> => {
    expect(await box.command('list', { serverId: 'two' })).toMatchObject({ state: 'up', pid: neighbour });
    expect(box.isRunning(neighbour)).toBe(true);
  };
  const cgroupOf = (serverId: string): Cgroup => {
    const { run = '' } = box.queue.statuses.get(serverId) ?? {};
    return new Cgroup(readRunIdentity(box.paths(serverId).run(run).identity)?.cgroups ?? []);
  };

  it('with a fork bomb gets no more processes than it may, and is stopped with all of them', async () => {
    await start('bomb', box.funpack('attacks.sh'));
    const { folders } = cgroupOf('bomb');
    const counts = folders.find((folder) => existsSync(join(folder, 'pids.events'))) ?? '';
    await say('bomb', 'bomb');
    await until('the kernel refuses it a process', () =>
      /^max [1-9]/m.test(existsSync(counts) ? readFileSync(join(counts, 'pids.events'), 'utf8') : 'max 1'));
    expect(cgroupOf('bomb').pids.length).toBeLessThanOrEqual(40);
    await othersPlay();
    await box.stop('bomb');
    await until('nothing is left', () => box.traces('bomb').filter((left) => !left.startsWith('process')).length === 0);
    expect(new Cgroup(folders).pids).toEqual([]);
  });

  it('by eating memory ends itself, and nobody else', async () => {
    await start('eats', box.funpack('attacks.sh'));
    await say('eats', 'eat');
    expect(await box.queue.event('eats', 'crashed')).toMatchObject({ reason: 'out_of_memory', signal: 'SIGKILL' });
    await othersPlay();
    await box.stop('eats');
  });

  it('by filling /tmp fills its own memory, and not the disk of the machine', async () => {
    await start('fills', box.funpack('attacks.sh'));
    await say('fills', 'fill');
    expect(await box.queue.event('fills', 'crashed')).toMatchObject({ reason: 'out_of_memory' });
    const sizes = box.written('fills', 'sizes').slice(1).map((line) => Number(line.split(/\s+/)[1]));
    expect(sizes).toEqual([2 ** 20, 2 ** 20, 2 ** 20]); // KiB, one GiB each
    expect(existsSync('/tmp/filled-by-a-game')).toBe(false);
    await othersPlay();
    await box.stop('fills');
  });

  it('by exchanging its files for links wins nothing from preparations, backups and restores meanwhile', async () => {
    const secret = join(box.home, 'secret');
    mkdirSync(secret);
    for (const name of ['game.cfg', 'level']) writeFileSync(join(secret, name), mark, { mode: 0o600 });
    const { working } = box.paths('races');
    const at = (name: string): string => join(working, name);
    const pairs = [at('cfg'), at('cfg-link'), at('world'), at('world-link')];
    const pack = box.funpack('obedient.sh', { persistent: true, files: [{ path: 'cfg/game.cfg', content: 'x' }] }, {
      run: `mkdir -p cfg world; echo theirs >world/level
        perl ${exchange} ${secret} ${pairs.join(' ')} >/dev/null & exec sh ${games}/obedient.sh`,
    });
    await start('races', pack);
    // One that has outlived its game, say: so the race goes on while no game runs.
    const { uid } = statSync(working);
    racers.push(spawn('setpriv', [`--reuid=${uid}`, '--clear-groups', 'perl', exchange, secret, ...pairs], {
      stdio: 'ignore',
    }));
    const urls: string[] = [];
    for (let nth = 0; nth < 3 || (urls.length === 0 && nth < 20); nth++) {
      // One that came upon nothing but links holds no file, and is refused.
      const { backup } = await box.command('backup', { serverId: 'races' }).catch(() => ({ backup: undefined }));
      if (backup) urls.push(backup.url);
      await box.command('restart', { serverId: 'races' }).catch(() => undefined); // its file may be refused
    }
    const { backup } = await box.stop('races').catch(() => ({ backup: undefined }));
    if (backup && 'url' in backup) urls.push(backup.url);
    await start('races', pack, { world: { url: urls[0] } }).catch(() => undefined);
    await box.stop('races').catch(() => undefined);
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) expect(execFileSync('lzop', ['-dc', fileURLToPath(url)]).includes(mark)).toBe(false);
    expect(readdirSync(secret).sort()).toEqual(['game.cfg', 'level']);
    for (const name of readdirSync(secret)) {
      expect(readFileSync(join(secret, name), 'utf8')).toBe(mark);
      expect(statSync(join(secret, name))).toMatchObject({ uid: 0 });
    }
    await othersPlay();
  });
});
