import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bootId, identify, trySignal } from '@pinky/supervisor/identity';
import { serverPaths } from '@pinky/protocol';
import { killRemains } from '../../src/launch/remains.js';
import { fateOfRun, forbidLaunch, readRunIdentity } from '../../src/launch/run-identity.js';
import { makeFifos, StdinPipe } from '../../src/launch/fifo.js';
import { describeExit, exitStatus, readExit } from '../../src/launch/exit-status.js';
import { tempDir } from '../temp.js';
import { until } from '@pinky/protocol/testing';
import { runs } from '../integration/processes.js';

const stat = (pid: number | undefined): string => readFileSync(`/proc/${pid}/stat`, 'latin1').trim();

describe('a run that another worker left', () => {
  const dir = tempDir();
  const children: ChildProcess[] = [];
  afterEach(() => {
    // a shell's own child as well
    for (const { pid } of children.splice(0)) if (pid !== undefined) trySignal(-pid, 'SIGKILL');
  });
  const paths = () => serverPaths(dir(), 'one').run('1700000000000-abcd');
  const fate = (pause = async () => undefined) => fateOfRun(paths(), pause);
  const child = (...command: string[]): ChildProcess => {
    const started = spawn(command[0] ?? 'sleep', command.slice(1), {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, DATAFILE: `${dir()}/datafile.json` },
    });
    children.push(started);
    return started;
  };
  beforeEach(() => { mkdirSync(paths().dir, { recursive: true }); });

  it('was never launched if nobody has claimed it, and cannot be launched any more', async () => {
    expect(await fate()).toEqual({ kind: 'neverLaunched' });
    expect(forbidLaunch(paths().claim)).toBe(false);
    expect(await fate()).toEqual({ kind: 'ended', identity: undefined });
  });

  /** A process whose command line is that of the wrapper. */
  const wrapper = (): number => {
    const { pid = 0 } = child('sh', '-c', 'sleep 600; true', paths().dir, 'x');
    writeFileSync(paths().claim, `${pid}\n`);
    return pid;
  };
  const identity = (ofWrapper: number, game: number | undefined): void =>
    writeFileSync(paths().identity, `${ofWrapper}\n${stat(game)}\n${bootId()}\n`);

  it('is running if exactly that game runs', async () => {
    const game = child('sleep', '600');
    identity(wrapper(), game.pid);
    expect(await fate()).toMatchObject({ kind: 'running', identity: { game: identify(game.pid ?? 0) } });
  });

  it('waits for a living wrapper until it has told which process the game is', async () => {
    const pid = wrapper();
    const game = child('sleep', '600');
    let looks = 0;
    const found = await fate(async () => {
      if (++looks === 3) identity(pid, game.pid);
    });
    expect(found.kind).toBe('running');
    expect(looks).toBe(3);
  });

  it('waits for a wrapper whose game is gone until it has told how it ended', async () => {
    const pid = wrapper();
    const fields = stat(process.pid).split(' ');
    fields[21] = '1';
    writeFileSync(paths().identity, `${pid}\n${fields.join(' ')}\n${bootId()}\n`);
    let looks = 0;
    expect(
      await fate(async () => {
        if (++looks === 3) writeFileSync(paths().exit, 'exit 0\n');
      }),
    ).toMatchObject({ kind: 'ended', identity: { wrapperPid: pid } });
    expect(looks).toBe(3);
  });

  it('does not wait for a process that only has the wrapper\'s pid', async () => {
    writeFileSync(paths().claim, `${process.pid}\n`);
    expect(await fate(() => Promise.reject(new Error('it waited')))).toEqual({ kind: 'ended', identity: undefined });
  });

  it('does not wait for ever for a wrapper that hangs', async () => {
    wrapper();
    expect(await fate()).toEqual({ kind: 'ended', identity: undefined });
  });

  it('ignores an identity that a full disk cut short', () => {
    const whole = `${process.pid}\n${stat(process.pid)}\n${bootId()}\n`;
    for (let cut = 0; cut < whole.length - 1; cut++) {
      writeFileSync(paths().identity, whole.slice(0, cut));
      expect(readRunIdentity(paths().identity)).toBeUndefined();
    }
    writeFileSync(paths().identity, whole);
    expect(readRunIdentity(paths().identity)).toMatchObject({ game: { pid: process.pid } });
  });

  it('is the only one of many that try to forbid the launch', () => {
    const won = Array.from({ length: 20 }, () => forbidLaunch(paths().claim));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  it('leaves processes that are found by their environment, but none of our own children, and none that is ' +
    'younger', async () => {
    const own = child('sleep', '600');
    const script = 'setsid sh -c \'echo $$ >"$1"; exec sleep 600\' x "$1" & exit 0';
    child('sh', '-c', script, 'x', `${dir()}/orphan`);
    const orphan = await until(
      'the orphan told its pid',
      () => existsSync(`${dir()}/orphan`) && Number(readFileSync(`${dir()}/orphan`, 'utf8')),
    );
    const remains = { game: undefined, wrapperPid: undefined, datafile: `${dir()}/datafile.json` };
    await until(
      'its parent is gone',
      () => Number(stat(orphan).split(' ')[3]) !== process.pid && !stat(orphan).includes('(sh)'),
    );
    killRemains({ ...remains, bornBefore: identify(orphan)?.startTime ?? '' });
    expect(runs(orphan)).toBe(true);
    killRemains({ ...remains, datafile: `${dir()}/datafile` });
    expect(runs(orphan)).toBe(true);
    killRemains(remains);
    await until('the orphan is gone', () => !runs(orphan));
    expect(runs(own.pid ?? 0)).toBe(true);
  });
});

describe('the game\'s stdin', () => {
  const dir = tempDir();

  it('takes whole lines or none, and throws away what a dead game did not read', () => {
    makeFifos([`${dir()}/in`]);
    makeFifos([`${dir()}/in`]);
    const pipe = new StdinPipe(`${dir()}/in`);
    let lines = 0;
    while (pipe.writeLine('x'.repeat(1_000))) lines++;
    expect(lines).toBeGreaterThan(10);
    pipe.drain();
    expect(pipe.writeLine('y')).toBe(true);
    expect(() => pipe.writeLine('x'.repeat(5_000))).toThrow(expect.objectContaining({ code: 'bad_text' }));
    pipe.close();
  });

  it('takes the place of whatever else is there', () => {
    mkdirSync(`${dir()}/in/deep`, { recursive: true });
    makeFifos([`${dir()}/in`]);
    new StdinPipe(`${dir()}/in`).close();
  });
});

describe('how a game ended', () => {
  const dir = tempDir();

  it('is a code or a signal, in words too', () => {
    expect(exitStatus(0)).toEqual({ code: 0 });
    expect(exitStatus(137)).toEqual({ signal: 'SIGKILL' });
    expect(exitStatus(134)).toEqual({ signal: 'SIGABRT' });
    expect(exitStatus(255)).toEqual({ code: 255 });
    expect(describeExit({ code: 3 })).toBe('exited with code 3');
    expect(describeExit({ signal: 'SIGQUIT' })).toBe('was ended by SIGQUIT');
    expect(describeExit({})).toBe('ended, and nobody saw how');
    expect(describeExit({ neverRan: true })).toBe('could not be launched');
  });

  it('is not known if nothing was written, or not all of it', () => {
    expect(readExit(`${dir()}/exit`)).toBeUndefined();
    writeFileSync(`${dir()}/exit`, 'exit 1');
    writeFileSync(`${dir()}/cut`, 'exi');
    expect(readExit(`${dir()}/cut`)).toBeUndefined();
    writeFileSync(`${dir()}/exit`, 'exit 137\n');
    expect(readExit(`${dir()}/exit`)).toEqual({ signal: 'SIGKILL' });
  });
});
