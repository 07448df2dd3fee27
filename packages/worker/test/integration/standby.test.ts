import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasNamespaces, lacksUsers, makeCgroup, removeCgroup, findHierarchies } from '@pinky/jail';
import type { BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { readStat } from '@pinky/supervisor/identity';
import { family } from '../../src/launch/bound-ports.js';
import { readRunIdentity } from '../../src/launch/run-identity.js';
import { configOf } from '../fakes/config.js';
import { Box, type BoxOptions } from './harness.js';
import { commandOf, killAll, runs } from './processes.js';
import type { RealWorker } from './real-worker.js';

const probe = makeCgroup({ hierarchies: findHierarchies(), path: `pinky-test/standby-${process.pid}`, limits: {} });
removeCgroup(probe.folders, 1);
const limits: NonNullable<BoxConfig['limits']> = {
  hasMemory: true,
  headroomBytes: 64 * 2 ** 20,
  processes: 100,
  cpuWeight: 100,
  cpuQuotaPercent: 0,
  oomScore: 300,
};

describe('a worker with a standby', () => {
  let box: Box;
  const open = async (config: Partial<BoxConfig> = {}, options: BoxOptions = {}): Promise<void> => {
    box = await Box.open({ ...options, config: { worker: { ...configOf('').worker, hasStandby: true }, ...config } });
  };
  afterEach(() => box.close());

  const newestRun = () => {
    const { runs: folder } = box.paths('one');
    return box.paths('one').run(readdirSync(folder).toSorted().at(-1) ?? '');
  };
  /** The standby that waits: its wrapper, its fork, and whatever they need. */
  const waiting = ({ pid }: RealWorker): Promise<number[]> => until('a standby waits', () => {
    const known = existsSync(newestRun().identity) ? readRunIdentity(newestRun().identity)?.wrapperPid : undefined;
    const wrapper = family(pid).find((one) => one !== known && commandOf(one).includes(' /dev/null/'));
    const all = wrapper === undefined ? [] : family(wrapper);
    return all.some((one) => one !== wrapper && commandOf(one).includes('/bin/sh')) && all;
  });
  const wasByStandby = (): boolean => readFileSync(newestRun().claim, 'utf8').includes('/dev/null/');
  const started = (times: number) => box.queue.event('one', 'started', times);

  it('has the next game launched by it, again and again, and stops without leaving anything', async () => {
    await open({ crashLoop: { limit: 50, halfLifeMs: 100, firstBackoffMs: 1, maxBackoffMs: 1 } });
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    for (let life = 2; life <= 4; life++) {
      const [wrapper = 0] = await waiting(worker);
      await box.killGame('one');
      await started(life);
      expect([wasByStandby(), readRunIdentity(newestRun().identity)?.wrapperPid]).toEqual([true, wrapper]);
      expect(await box.command('list', { serverId: 'one' })).toMatchObject({ players: ['ann', 'bob'] });
    }
    expect(box.queue.events('one', 'crashed')).toMatchObject(Array(3).fill({ signal: 'SIGKILL' }));
    const left = await waiting(worker);
    await box.stop('one');
    expect(left.filter(runs)).toEqual([]);
    expect(await box.queue.event('one', 'stopped')).toMatchObject({ code: 0 });
    await box.nothingLeft('one');
  });

  it('that is killed leaves nothing of it; the game goes on, and gets another one', async () => {
    await open();
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const left = await waiting(worker);
    await worker.kill();
    await until('nothing is left of its standby', () => !left.some(runs));
    const next = box.startWorker('one');
    expect((await box.queue.status('one', ({ state }) => state === 'up')).pid).toBe(game);
    await waiting(next);
    await box.killGame('one');
    await started(2);
    expect(wasByStandby()).toBe(true);
  });

  it('that is killed at any moment of a launch by it leaves one game, which the next worker has', async () => {
    await open({ crashLoop: { limit: 50, halfLifeMs: 100, firstBackoffMs: 1, maxBackoffMs: 1 } });
    let { worker } = await box.up('one', box.funpack('obedient.sh'));
    for (let spins = 0; spins < 8; spins++) {
      await waiting(worker);
      const folder = box.paths('one').runs;
      const before = new Set(readdirSync(folder));
      const isBegun = (): boolean => readdirSync(folder).some((name) => !before.has(name));
      process.kill(box.pidFile('one'), 'SIGKILL');
      // Kills at another step each time: before the new run, and at one more system call of ours after it.
      for (const until = Date.now() + 10_000; spins > 0 && !isBegun() && Date.now() < until;);
      for (let n = 1; n < spins; n++) readStat(worker.pid);
      await worker.kill();
      box.queue.statuses.clear();
      worker = box.startWorker('one');
      const { pid = 0 } = await box.queue.status('one', ({ state, pid: its }) => state === 'up' && its !== undefined);
      const identity = readRunIdentity(newestRun().identity);
      expect([identity?.game.pid, runs(pid), box.pidFile('one')]).toEqual([pid, true, pid]);
      const games = box.traces('one').filter((trace) => /obedient\.sh/.test(trace) && !/wrapper\.sh/.test(trace));
      expect(games).toHaveLength(1);
    }
    await box.stop('one');
    await box.nothingLeft('one');
  });

  it('whose standby is killed launches in the ordinary way', async () => {
    await open();
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    const doomed = await waiting(worker);
    killAll(doomed);
    await until('they are gone', () => !doomed.some(runs));
    await box.killGame('one');
    await started(2);
    expect(wasByStandby()).toBe(false);
  });

  it('makes it anew when the configuration changes, and none when none is wanted', async () => {
    await open();
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    const first = await waiting(worker);
    box.configure({ game: { openFiles: 333, umask: '027' } });
    worker.signal('SIGUSR2');
    await until('the first is gone', () => !first.some(runs));
    await waiting(worker);
    const killed = await box.killGame('one');
    await started(2);
    expect(wasByStandby()).toBe(true);
    const game = box.pidFile('one');
    expect(game).not.toBe(killed);
    expect(readFileSync(`/proc/${game}/limits`, 'utf8')).toMatch(/^Max open files +333 /m);
    expect(readFileSync(`/proc/${game}/status`, 'utf8')).toMatch(/^Umask:\t0027$/m);
    const last = await waiting(worker);
    box.configure({ worker: { ...box.config.worker, hasStandby: false } });
    worker.signal('SIGUSR2');
    await until('the last is gone', () => !last.some(runs));
  });

  (probe.folders.length > 0 ? it : it.skip)('has it wait in the cgroup of the next game', async () => {
    await open({ limits });
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const cgroupsOf = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const [first] = [cgroupsOf(game)];
    const [wrapper = 0, fork = 0] = await waiting(worker);
    expect(cgroupsOf(wrapper)).toBe(cgroupsOf(worker.pid));
    await box.killGame('one');
    await started(2);
    const next = box.pidFile('one');
    expect([next, wasByStandby()]).toEqual([fork, true]);
    expect(cgroupsOf(next)).not.toBe(first);
    const { cgroups = [] } = readRunIdentity(newestRun().identity) ?? {};
    expect(cgroups.length).toBeGreaterThan(0);
    await waiting(worker);
    await box.killGame('one');
    await started(3);
    expect(cgroupsOf(box.pidFile('one'))).toBe(first);
    await waiting(worker);
    await box.stop('one');
    expect([...cgroups, ...cgroups.map((folder) => folder.replace(/\.next$/, ''))].filter((one) => existsSync(one)))
      .toEqual([]);
    expect(box.queue.events('one', 'warning')).toEqual([]);
  });

  const users = { first: 65_536, count: 34_464 };
  const kinds = (['user', 'strict'] as const).filter((kind) => kind === 'user' || hasNamespaces());
  (lacksUsers() === undefined ? it.each(kinds) : it.skip.each(kinds))('launches what is isolated: %s', async (kind) => {
    await open({ isolation: { kind, users, visible: [join(__dirname, 'games')] } });
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const facts = (pid: number): unknown => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return ['Uid', 'Gid', 'CapBnd', 'NoNewPrivs'].map((name) => new RegExp(`^${name}:.*$`, 'm').exec(status)?.[0]);
    };
    const before = facts(game);
    await waiting(worker);
    await box.killGame('one');
    await started(2);
    expect(wasByStandby()).toBe(true);
    expect(facts(box.pidFile('one'))).toEqual(before);
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ players: ['ann', 'bob'] });
    const left = await waiting(worker);
    await box.stop('one');
    expect(left.filter(runs)).toEqual([]);
    await box.nothingLeft('one');
  });
});
