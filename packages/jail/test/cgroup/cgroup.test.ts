import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { readStat } from '@pinky/supervisor/identity';
import { Cgroup, findHierarchies, makeCgroup, memoryLimit, removeCgroup, type Limits } from '../../src/index.js';

const hierarchies = findHierarchies();
/** Only root can make cgroups on most machines. */
const canMake = makeCgroup({ hierarchies, path: 'pinky-test/can-make', limits: {} }).folders.length > 0;
const where = canMake ? describe : describe.skip;
const has = (controller: 'memory' | 'pids' | 'cpu'): boolean =>
  hierarchies.some((one) => one.controllers.includes(controller));

where('a cgroup', () => {
  const path = `pinky-test/${process.pid}`;
  let folders: readonly string[] = [];
  const children: ChildProcess[] = [];
  const make = (limits: Limits) => {
    const made = makeCgroup({ hierarchies, path, limits });
    folders = made.folders;
    return made;
  };
  /** A shell that joins the cgroup, and goes on as the program that is given. */
  const inside = (script: string): ChildProcess => {
    const join = `for folder in ${folders.join(' ')}; do echo 0 >$folder/cgroup.procs; done`;
    const child = spawn('sh', ['-c', `${join}; ${script}`], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  afterAll(() => { removeCgroup([...folders.map((folder) => `${folder}/../can-make`)], 0); });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    new Cgroup(folders).kill();
    await until('the cgroup can be removed', () => removeCgroup(folders, 0));
  });

  it('kills everything in it, also what has left the session and has no environment', async () => {
    make({});
    const cgroup = new Cgroup(folders);
    inside('env -i setsid sleep 600 & env -i setsid sleep 600 & exec sleep 600');
    await until('three are inside', () => cgroup.pids.length === 3);
    const { pids } = cgroup;
    expect(cgroup.kill()).toBe(true);
    expect(cgroup.pids).toEqual([]);
    expect(pids.filter((pid) => ![undefined, 'Z', 'X'].includes(readStat(pid)?.state))).toEqual([]);
  });

  it('kills everything in it where only the freezer of v1 is there', async () => {
    const freezer = hierarchies.filter((one) => one.version === 1 && one.controllers.includes('freezer'));
    if (freezer.length === 0) return;
    folders = makeCgroup({ hierarchies: freezer, path, limits: {} }).folders;
    const cgroup = new Cgroup(folders);
    inside('(while :; do sleep 600 & done) & exec sleep 600'); // it forks as fast as it can
    await until('many are inside', () => cgroup.pids.length > 50);
    await until('nothing is left', () => cgroup.kill());
    expect(cgroup.pids).toEqual([]);
  });

  it('never kills the process that asks for it', () => {
    const own = findHierarchies().filter((one) => one.version === 1).map(({ dir }) => dir);
    const cgroup = new Cgroup(own);
    if (cgroup.pids.includes(process.pid)) expect(cgroup.kill()).toBe(false);
  });

  it('tells that the kernel has ended a process for want of memory', async () => {
    if (!has('memory')) return;
    const limit = 48 * 2 ** 20;
    expect(make({ memoryBytes: limit }).missing).toEqual([]);
    const child = inside(`exec perl -e '$x .= "x" x 1000000 for 1..400; sleep 600'`);
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const { memory } = new Cgroup(folders);
    expect(memory).toMatchObject({ limitBytes: limit, endedByKernel: 1 });
    expect(memory?.peakBytes).toBeGreaterThan(limit * 0.9);
    make({ memoryBytes: limit });
    expect(new Cgroup(folders).memory).toMatchObject({ endedByKernel: 0 }); // the next launch begins anew
  });

  it('does not count files that the kernel can drop as memory in use', async () => {
    if (!has('memory')) return;
    make({ memoryBytes: 2 ** 30 });
    const child = inside('head -c 100000000 /dev/zero >/tmp/jail-cached; cat /tmp/jail-cached >/dev/null');
    await once(child, 'exit');
    expect(new Cgroup(folders).memory?.usedBytes).toBeLessThan(50 * 2 ** 20);
    children.push(spawn('rm', ['-f', '/tmp/jail-cached']));
  });

  it('counts the processor time of everything in it, where a hierarchy does that', async () => {
    make({});
    const cgroup = new Cgroup(folders);
    if (cgroup.cpuMs === undefined) return;
    const before = cgroup.cpuMs;
    inside('while :; do :; done');
    await until('a fifth of a second is used', () => (cgroup.cpuMs ?? 0) > before + 200);
  });

  it('gives a game its share of the processor, and no more than its quota', async () => {
    if (!has('cpu')) return;
    expect(make({ cpuWeight: 200, cpuQuotaPercent: 20 }).missing).toEqual([]);
    const folder = folders.find((one) => ['cpu.shares', 'cpu.weight'].some((file) => existsSync(`${one}/${file}`)));
    const read = (file: string) =>
      (existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, 'utf8').trim() : undefined);
    expect(read('cpu.weight') ?? Number(read('cpu.shares')) / 10.24).toEqual(read('cpu.weight') ? '200' : 200);
    expect(read('cpu.max') ?? `${read('cpu.cfs_quota_us')} ${read('cpu.cfs_period_us')}`).toBe('20000 100000');
    inside('while :; do :; done');
    await until('the kernel makes it wait', () => /^nr_throttled [1-9]/m.test(read('cpu.stat') ?? ''));
  });

  it('stops a fork bomb', async () => {
    if (!has('pids')) return;
    expect(make({ processes: 20 }).missing).toEqual([]);
    inside('bomb() { bomb | bomb & }; bomb; exec sleep 600');
    const pidsFolder = folders.find((folder) => existsSync(`${folder}/pids.max`)) ?? '';
    // A bomb that may not fork any more burns out, so its processes may be gone by now.
    const refused = () => /^max [1-9]/m.test(readFileSync(`${pidsFolder}/pids.events`, 'utf8'));
    await until('the kernel has refused a process', refused);
    expect(Number(readFileSync(`${pidsFolder}/pids.current`, 'utf8'))).toBeLessThanOrEqual(20);
    expect(readFileSync(`${pidsFolder}/pids.max`, 'utf8').trim()).toBe('20');
  });

  it('says which limits cannot be had', () => {
    const limits = { memoryBytes: 2 ** 30, processes: 20 };
    expect(makeCgroup({ hierarchies: [], path, limits })).toEqual({
      folders: [],
      missing: [
        { limit: 'memoryBytes', because: 'this machine has no cgroup controller memory' },
        { limit: 'processes', because: 'this machine has no cgroup controller pids' },
      ],
    });
    const closed = { version: 1, dir: '/proc/nowhere', controllers: ['memory'] } as const;
    expect(makeCgroup({ hierarchies: [closed], path, limits: { memoryBytes: 1 } }).missing).toEqual([
      { limit: 'memoryBytes', because: 'ENOENT' },
    ]);
  });
});

it('allows a quarter more than the game was given, and the headroom', () => {
  expect(memoryLimit(1024, 512 * 2 ** 20)).toBe((1280 + 512) * 2 ** 20);
});
