import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { deferred, serverPaths, systemClock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { bootId, readStat, trySignal } from '@pinky/supervisor/identity';
import { family } from '../../src/launch/bound-ports.js';
import type { ExitStatus } from '../../src/launch/exit-status.js';
import { fateOfRun, forbidLaunch, isClaimantAlive, readRunIdentity } from '../../src/launch/run-identity.js';
import type { LaunchOrder } from '../../src/launch/wrapper.js';
import { systemMachine } from '../../src/machine/system-machine.js';
import { StandbyProcess } from '../../src/standby/standby-process.js';
import { killAll, runs } from '../integration/processes.js';
import { tempDir } from '../temp.js';

/** Says what it has been given, and lives until it is told to end. */
const game = 'env >env; ulimit -Sn >files; cut -d" " -f6 </proc/self/stat >session; ' +
  'grep ^SigIgn /proc/$$/status >signals; echo up; read -r word; exit "$word"';

describe('a standby', () => {
  const dir = tempDir();
  const made: StandbyProcess[] = [];
  afterEach(async () => {
    killAll(made.flatMap((standby) => family(pidOf(standby))));
    made.splice(0);
  });

  const paths = () => serverPaths(dir(), 'one');
  const run = () => paths().run('1700000000000-abcd');
  const order = (more: Partial<LaunchOrder> = {}): LaunchOrder => ({
    run: run(),
    pidFile: paths().pidFile,
    pipeStdin: paths().pipeStdin,
    pipeAlive: paths().pipeAlive,
    command: ['/bin/sh', '-c', game],
    cwd: paths().working,
    env: { PATH: process.env['PATH'] ?? '', DATAFILE: paths().datafile, WORD: 'two words' },
    openFiles: 300,
    ...more,
  });
  const make = (more: Partial<LaunchOrder> = {}): StandbyProcess => {
    const standby = new StandbyProcess(order(more), systemClock);
    made.push(standby);
    return standby;
  };
  const pidOf = (standby: StandbyProcess): number => standby.pid;
  /** The process that is to become the game: it leads a session already. */
  const innerOf = (standby: StandbyProcess): Promise<number> => until('its fork leads a session', () =>
    family(pidOf(standby)).slice(1).find((pid) => readStat(pid)?.session === pid));
  const launch = (standby: StandbyProcess, more: Partial<LaunchOrder> = {}) => {
    const [launched, exited] = [deferred<number>(), deferred<ExitStatus>()];
    const launchErrors: unknown[] = [];
    const listener = {
      run: run(),
      pipeAlive: paths().pipeAlive,
      datafile: paths().datafile,
      clock: systemClock,
      onLaunched: ({ pid }: { readonly pid: number }) => launched.resolve(pid),
      onExit: (status: ExitStatus, launchError?: unknown) => {
        launchErrors.push(launchError);
        exited.resolve(status);
      },
    };
    const { game: started } = systemMachine.launch(listener, order(more), standby);
    return { started, launched: launched.promise, exited: exited.promise, launchErrors };
  };
  const written = (file: string): Promise<string> => until(`the game has written ${file}`, () => {
    const path = `${paths().working}/${file}`;
    return existsSync(path) && readFileSync(path, 'utf8').trim();
  });
  const claim = (): string[] => readFileSync(run().claim, 'utf8').trim().split('\n');

  beforeEach(() => {
    mkdirSync(run().dir, { recursive: true });
    mkdirSync(paths().working, { recursive: true });
    systemMachine.makeFifos([paths().pipeStdin, paths().pipeAlive]);
  });

  it('becomes the game just as any wrapper\'s fork does, and tells how that ended', async () => {
    const stdin = systemMachine.openStdin(paths().pipeStdin);
    const standby = make();
    const inner = await innerOf(standby);
    expect(existsSync(run().claim)).toBe(false);
    const { started, launched, exited } = launch(standby);
    expect(await launched).toBe(inner);
    expect(await written('signals')).toBe('SigIgn:\t0000000000000000');
    expect([await written('session'), await written('files')]).toEqual([String(inner), '300']);
    const env = await written('env');
    expect(env).toContain('WORD=two words');
    expect(env).not.toMatch(/PINKY_|OLDPWD/);
    expect(env).toContain(`PWD=${paths().working}`);
    expect(claim()).toEqual([String(pidOf(standby)), expect.stringMatching(/^\/dev\/null\/[0-9a-f]{16}$/)]);
    expect(isClaimantAlive(run())).toBe(true);
    expect(readRunIdentity(run().identity)).toMatchObject({
      wrapperPid: pidOf(standby),
      game: { pid: inner, bootId: bootId() },
    });
    expect(readFileSync(paths().pidFile, 'utf8')).toBe(`${inner}\n`);
    expect(await fateOfRun(run(), async () => undefined)).toMatchObject({ kind: 'running' });
    expect(Number(started.launchedAt)).toBeGreaterThanOrEqual(Number(readStat(inner)?.startTime) - 1);
    stdin.writeLine('3');
    expect(await exited).toEqual({ code: 3 });
    await standby.ended;
    expect(readFileSync(run().exit, 'utf8')).toBe('exit 3\n');
    expect(isClaimantAlive(run())).toBe(false);
    stdin.close();
  });

  it('is killed when it does not begin, and an ordinary wrapper launches the game in its place', async () => {
    const standby = make();
    const inner = await innerOf(standby);
    for (const pid of [pidOf(standby), inner]) trySignal(pid, 'SIGSTOP');
    const { launched, exited } = launch(standby);
    const pid = await launched;
    expect([pid === inner, runs(inner), runs(pidOf(standby))]).toEqual([false, false, false]);
    await written('session');
    killAll([pid]);
    expect(await exited).toEqual({ signal: 'SIGKILL' });
  });

  it('says why nothing can launch the game in the place of one that is killed', async () => {
    const standby = make();
    const both = [pidOf(standby), await innerOf(standby)];
    for (const pid of both) trySignal(pid, 'SIGSTOP');
    const { exited, launchErrors } = launch(standby);
    rmSync(paths().pipeAlive); // it cannot be opened, as where no further file can
    killAll(both);
    expect(await exited).toEqual({ neverRan: true });
    expect(launchErrors).toMatchObject([{ code: 'ENOENT' }]);
  });

  it('leaves nothing when it is not wanted any more, and nothing when it was stopped', async () => {
    for (const isStopped of [false, true]) {
      const standby = make();
      const inner = await innerOf(standby);
      if (isStopped) for (const pid of [pidOf(standby), inner]) trySignal(pid, 'SIGSTOP');
      await standby.end();
      await until('its fork is gone', () => !runs(inner));
      expect([runs(pidOf(standby)), existsSync(`${paths().pipeAlive}.next`)]).toEqual([false, false]);
    }
  });

  it('launches nothing in a run that another worker has forbidden, and says nothing of it', async () => {
    const standby = make();
    await innerOf(standby);
    expect(forbidLaunch(run().claim)).toBe(true);
    expect(await launch(standby).exited).toEqual({ neverRan: true });
    await standby.ended;
    expect([existsSync(run().identity), existsSync(run().exit), existsSync(paths().pidFile)])
      .toEqual([false, false, false]);
  });

  it.each(['its wrapper', 'its fork', 'both'])('is replaced in the same launch if somebody killed %s', async (who) => {
    const stdin = systemMachine.openStdin(paths().pipeStdin);
    const standby = make();
    const inner = await innerOf(standby);
    const doomed = { 'its wrapper': [pidOf(standby)], 'its fork': [inner], both: [pidOf(standby), inner] }[who] ?? [];
    killAll(doomed);
    await until('they are gone', () => doomed.every((pid) => !runs(pid)));
    if (who !== 'its fork') await standby.ended;
    const { launched, exited } = launch(standby);
    expect(await launched).not.toBe(inner);
    expect(claim()[1]).toBe(run().dir);
    await written('signals');
    stdin.writeLine('4');
    expect(await exited).toEqual({ code: 4 });
    stdin.close();
  });

  it('is not used for another launch, nor in another folder', async () => {
    const others: (() => Partial<LaunchOrder>)[] = [
      () => ({ env: { ...order().env, WORD: 'others' } }),
      () => ({ command: ['/bin/sh', '-c', `${game}; true`] }),
      () => ({ openFiles: 400 }),
      () => ({ cgroups: ['/sys/fs/cgroup/elsewhere'] }),
      () => {
        renameSync(paths().working, `${paths().working}.old`);
        mkdirSync(paths().working);
        return {};
      },
    ];
    for (const change of others) {
      const stdin = systemMachine.openStdin(paths().pipeStdin);
      const standby = make();
      const inner = await innerOf(standby);
      const { launched, exited } = launch(standby, change());
      expect(await launched).not.toBe(inner);
      expect(claim()[1]).toBe(run().dir);
      await standby.ended;
      await written('signals');
      stdin.writeLine('0');
      await exited;
      stdin.close();
      rmSync(run().dir, { recursive: true });
      mkdirSync(run().dir);
      for (const name of ['env', 'files', 'session', 'signals']) rmSync(`${paths().working}/${name}`);
    }
  });
});
