import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cgroup, findHierarchies, makeCgroup, removeCgroup } from '@pinky/jail';
import { serverPaths, type BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { readRunIdentity } from '../../src/launch/run-identity.js';
import { Box } from './harness.js';
import { runs } from './processes.js';

const probe = makeCgroup({ hierarchies: findHierarchies(), path: `pinky-test/limits-${process.pid}`, limits: {} });
removeCgroup(probe.folders, 1);
/** Only root can make cgroups on most machines. */
const where = probe.folders.length > 0 ? describe : describe.skip;

const limits: NonNullable<BoxConfig['limits']> = {
  hasMemory: true,
  headroomBytes: 24 * 2 ** 20,
  processes: 100,
  cpuWeight: 100,
  cpuQuotaPercent: 0,
  oomScore: 300,
};

where('a game with limits', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open({ config: { limits } }); });
  afterEach(() => box.close());

  const cgroupOf = (serverId: string): Cgroup => {
    const paths = serverPaths(box.config.servers, serverId);
    const { run = '' } = box.queue.statuses.get(serverId) ?? {};
    return new Cgroup(readRunIdentity(paths.run(run).identity)?.cgroups ?? []);
  };
  /** A game whose child is in a session of its own, with an environment that names nothing. */
  const hiding = (): string => {
    const dir = box.funpack('obedient.sh', {}, {
      run: `env -i setsid sleep 600 & echo $! >hidden\nexec sh ${join(__dirname, 'games', 'obedient.sh')}`,
    });
    return dir;
  };
  const hidden = (): Promise<number> =>
    until('it has hidden a child', () => Number(box.written('one', 'hidden')[0] ?? 0) || undefined);

  it('is in a cgroup of its own, without its wrapper, and is ended first when memory is short', async () => {
    const { game } = await box.up('one', box.funpack('obedient.sh'));
    const { pids, folders } = cgroupOf('one');
    expect(pids).toEqual([game]);
    expect(readFileSync(`/proc/${game}/oom_score_adj`, 'utf8').trim()).toBe('300');
    expect(readFileSync(`/proc/${game}/environ`, 'utf8')).not.toContain('PINKY_');
    await box.stop('one');
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  it('cannot raise its limit of open files above the one that the configuration sets', async () => {
    box.configure({ limits: { ...limits, openFiles: 4_096 }, game: { openFiles: 256, umask: '022' } });
    const raise = 'ulimit -Hn >files; ulimit -Sn >>files; ulimit -Sn 4096 && echo raised >>files; ' +
      '(ulimit -Sn 4097) 2>/dev/null';
    await box.up('one', box.funpack('obedient.sh', {}, {
      run: `${raise} && echo beyond >>files; exec sh ${join(__dirname, 'games', 'obedient.sh')}`,
    }));
    expect(box.written('one', 'files')).toEqual(['4096', '256', 'raised']);
    await box.stop('one');
  });

  it('leaves nothing behind, whatever its children have done to be lost', async () => {
    await box.up('one', hiding());
    const child = await hidden();
    await box.stop('one');
    expect(runs(child)).toBe(false);
    await box.nothingLeft('one');
  });

  it('has lost its hidden children before it is launched again', async () => {
    await box.up('one', hiding());
    const child = await hidden();
    const killed = await box.killGame('one');
    await until('it runs again', () => box.pidFile('one') !== killed && cgroupOf('one').pids.length >= 2);
    expect(runs(child)).toBe(false);
    await box.stop('one');
  });

  it.each(['prepare', 'bootstrap'])('has nothing left of what bin/%s started, once its start is over', async (hook) => {
    const out = hook === 'prepare' ? 'left' : `${box.home}/left`;
    const dir = box.funpack('obedient.sh', {}, { [hook]: `env -i setsid sleep 600 >/dev/null 2>&1 & echo $! >${out}` });
    await box.up('one', dir);
    const left = hook === 'prepare' ? box.written('one', 'left')[0] : readFileSync(out, 'utf8');
    expect(Number(left)).toBeGreaterThan(1);
    expect(runs(Number(left))).toBe(false);
    await box.stop('one');
  });

  it('is found by its cgroup after both it and its worker were killed', async () => {
    const { worker, game } = await box.up('one', hiding());
    const child = await hidden();
    await worker.kill();
    process.kill(game, 'SIGKILL');
    box.startWorker('one');
    await box.queue.event('one', 'started', 2);
    expect(runs(child)).toBe(false);
    await box.stop('one');
  });

  it('says that it needed more memory than it may, with what it used before', async () => {
    if (!findHierarchies().some(({ controllers }) => controllers.includes('memory'))) return;
    const grow = '$x .= "x" x 1000000, select(undef, undef, undef, 0.02) for 1..400';
    const hungry = box.funpack('obedient.sh', {}, {
      run: `echo '{"event":"started"}'; exec perl -e '${grow}'`,
    });
    box.startWorker('one');
    await box.command('start', {
      serverId: 'one',
      funpack: { url: hungry },
      ram: { min: 16, max: 16 },
      isRamGiven: true,
      settings: {},
    });
    const limit = 44 * 2 ** 20; // 16 MB, a quarter more, and the headroom
    const crashed = await box.queue.event('one', 'crashed');
    expect(crashed).toMatchObject({ reason: 'out_of_memory', signal: 'SIGKILL', limit });
    expect(crashed['how']).toBe('was ended by the kernel: it needed more memory than its limit of 44 MiB');
    expect(crashed['peak']).toBeGreaterThan(limit * 0.9);
    expect(crashed['memory_curve']).not.toHaveLength(0);
    await box.stop('one');
  });

  it('does not take a KILL from somebody else for want of memory', async () => {
    await box.up('one', box.funpack('obedient.sh'));
    await box.killGame('one');
    expect(await box.queue.event('one', 'crashed')).not.toHaveProperty('reason');
    await box.stop('one');
  });

  it('leaves no cgroup behind that a version before made by another name', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const { run = '' } = box.queue.statuses.get('one') ?? {};
    const { identity } = serverPaths(box.config.servers, 'one').run(run);
    const path = `pinky-test/before-${process.pid}/one`;
    const before = makeCgroup({ hierarchies: findHierarchies(), path, limits: {} }).folders;
    for (const folder of before) writeFileSync(join(folder, 'cgroup.procs'), String(game));
    const own = readFileSync(identity, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('cgroup '));
    writeFileSync(identity, `${[...own, ...before.map((folder) => `cgroup ${folder}`)].join('\n')}\n`);
    await worker.kill();
    box.startWorker('one');
    expect((await box.queue.status('one', ({ because }) => (because ?? '').includes('new worker'))).pid).toBe(game);
    await box.killGame('one');
    await box.queue.event('one', 'started', 2);
    await until('the cgroup of before is gone', () => !before.some((folder) => existsSync(folder)));
    expect(cgroupOf('one').exists).toBe(true);
    await box.stop('one');
    await box.nothingLeft('one');
  });

  it('is adopted and stopped as before if the version before launched it without a cgroup', async () => {
    const { limits: _none, ...before } = box.config;
    box.configure({ ...before, limits: undefined } as unknown as Partial<BoxConfig>);
    const { worker, game } = await box.up('one', box.funpack('forks-children.sh'));
    expect(cgroupOf('one').exists).toBe(false);
    await worker.kill();
    box.configure({});
    box.startWorker('one');
    expect((await box.queue.status('one', ({ because }) => (because ?? '').includes('new worker'))).pid).toBe(game);
    await box.killGame('one');
    await box.queue.event('one', 'started', 2);
    expect(cgroupOf('one').exists).toBe(false); // a crash changes nothing; the next start does
    await box.command('restart', { serverId: 'one' });
    expect(cgroupOf('one').exists).toBe(true);
    await box.stop('one');
    await box.nothingLeft('one');
  });
});
