import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '@pinky/protocol/testing';
import { identify, isAlive, trySignal } from '../../src/adopt/process-identity';
import { defaultLadderOptions } from '../../src/terminate/ladder';
import { childSpec, nodeProgram, type ChildOptions } from '../../src/tree/child-spec';
import { defaultRestart } from '../../src/restart/restart-policy';
import { compiledChild, program, TreeRecorder } from './tree-recorder';

const child = compiledChild();
const codes = { 0: 'done', 3: 'handedOver', 4: 'occupied' } as const;
const fast = {
  ...defaultLadderOptions,
  gracefulKillIntervalMs: 50,
  gracefulKillIntervalIncrementMs: 0,
  gracefulKillTimeoutMs: 100,
  immediateKillIntervalMs: 50,
  immediateKillIntervalIncrementMs: 0,
  immediateKillTimeoutMs: 100,
};
const beating = { ...defaultLadderOptions, heartbeatTimeoutMs: 60_000 };

const node = (name: string, options: Partial<ChildOptions> = {}) =>
  childSpec({
    ...nodeProgram({ file: program(name), args: [child] }),
    hasHeartbeat: true,
    ladder: beating,
    exitCodes: codes,
    ...options,
  });
const sh = (script: string, options: Partial<ChildOptions> = {}) =>
  childSpec({ command: 'sh', args: ['-c', script], ...options });

/** Node itself catches TERM and INT from its first moment on, and HUP only once a program asks for it: proc(5). */
function catchesHangup(pid: number): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${caught}`) & 1n) !== 0n;
}

describe('a process tree', () => {
  let recorder: TreeRecorder;
  let dir: string;
  beforeEach(() => {
    recorder = new TreeRecorder();
    dir = mkdtempSync(join(tmpdir(), 'tree-'));
  });
  afterEach(() => {
    recorder.end();
    rmSync(dir, { recursive: true, force: true });
  });

  /**
   * Starts a Node program and waits until it can be signalled. A small heartbeat age would be no sign of that: the tree
   * counts anew where it stood still itself.
   */
  async function startListening(name: string, spec: ReturnType<typeof node>): Promise<number> {
    const launched = recorder.next('launched');
    recorder.tree.start(name, spec);
    const { identity } = await launched;
    await until(`${name} listens`, () => catchesHangup(identity.pid));
    return identity.pid;
  }

  it('starts a command again at once when it crashes, but not when it is done', async () => {
    const again = recorder.next('exited', (e) => e.meaning === 'done');
    recorder.tree.start('a', sh(`test -e ${dir}/mark && exit 0; touch ${dir}/mark; exit 1`));
    await again;
    expect(recorder.events.filter((e) => e.type === 'launched')).toHaveLength(2);
    expect(recorder.tree.view('a')).toMatchObject({ state: 'idle', restarts: 1, pid: undefined });
  });

  it('gives up after a crash loop, and starts again when asked to', async () => {
    const loop = recorder.next('crashLoop');
    recorder.tree.start(
      'a',
      sh('exit 9', {
        restart: {
          ...defaultRestart,
          firstBackoffMs: 1,
          maxBackoffMs: 2,
          limit: 4,
        },
      }),
    );
    await loop;
    expect(recorder.tree.view('a')?.state).toBe('failed');
    const launched = recorder.next('launched');
    recorder.tree.start('a', sh('sleep 60'));
    await launched;
    expect(recorder.tree.view('a')?.state).toBe('running');
  });

  it('takes a program that cannot be started for a crash', async () => {
    const exited = recorder.next('exited');
    recorder.tree.start('a', childSpec({ command: join(dir, 'nothing-here') }));
    expect((await exited).exit).toMatchObject({ kind: 'notStarted' });
  });

  it('starts a successor at once for a child that leaves with the exit code for that', async () => {
    const pid = await startListening('a', node('obeys.js'));
    const launched = recorder.next('launched');
    expect(recorder.tree.signal('a', 'SIGHUP')).toBe(true);
    expect((await launched).identity.pid).not.toBe(pid);
  });

  it('stops an obedient child by its first signal', async () => {
    await startListening('a', node('obeys.js'));
    expect(await recorder.tree.stop('a', { mode: 'graceful' })).toEqual({ kind: 'code', code: 0 });
    expect(recorder.events.filter((e) => e.type === 'signalled')).toMatchObject([
      { signal: 'SIGTERM', rung: 'graceful' },
    ]);
    expect(recorder.tree.remove('a')).toBe(true);
  });

  it('goes from TERM over QUIT to KILL for a child that ignores them', async () => {
    await startListening('a', node('ignores-sigterm.js', { ladder: { ...fast, heartbeatTimeoutMs: 60_000 } }));
    expect(await recorder.tree.stop('a', { mode: 'graceful' })).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    const rungs = recorder.events.flatMap((e) => (e.type === 'signalled' ? [e.rung] : []));
    expect([...new Set(rungs)]).toEqual(['graceful', 'immediate', 'kill']);
  });

  it('acts on an immediate stop during a graceful one without waiting for the next rung', async () => {
    await startListening(
      'a',
      node('ignores-sigterm.js', {
        ladder: { ...defaultLadderOptions, immediateKillTimeoutMs: 0, heartbeatTimeoutMs: 60_000 },
      }),
    );
    const gone = recorder.tree.stop('a', { mode: 'graceful' });
    void recorder.tree.stop('a', { mode: 'immediate' });
    expect(await gone).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });

  it('ends and restarts a child whose heartbeats stop', async () => {
    const stalled = recorder.next('stalled');
    const exited = recorder.next('exited');
    const ladder = { ...fast, immediateKillTimeoutMs: 0, heartbeatTimeoutMs: 400 };
    recorder.tree.start('a', node('stops-beating.js', { ladder }));
    expect((await stalled).silentMs).toBeGreaterThanOrEqual(400);
    expect((await exited).exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    await recorder.next('launched');
  });

  it('ends a child that hangs by the stalled ladder, even if it was asked to leave by another one', async () => {
    const stalledLadder = {
      ...fast,
      immediateSignal: 'SIGHUP',
      immediateKillTimeoutMs: 60,
      heartbeatTimeoutMs: 400,
    } as const;
    recorder.tree.start('a', node('stops-beating.js', { stalledLadder }));
    const ladder = { ...defaultLadderOptions, gracefulSignal: 'SIGCONT' } as const;
    expect(await recorder.tree.stop('a', { mode: 'graceful', ladder })).toEqual({ kind: 'signal', signal: 'SIGHUP' });
  });

  it('takes no child for hung, neither its own nor an adopted one, after this process itself stood still', async () => {
    const adopted = spawn('sleep', ['60']);
    await startListening('obeys.js', node('obeys.js'));
    recorder.tree.adopt('adopted', sh('sleep 60', { ladder: beating }), identify(adopted.pid!)!);
    const age = (): number => Math.max(...recorder.tree.views().map((view) => view.heartbeatAgeMs ?? Infinity));
    recorder.clock.jump(beating.heartbeatTimeoutMs + 1_000);
    expect(age()).toBeGreaterThan(beating.heartbeatTimeoutMs);
    await until('the tree has looked', () => age() < beating.heartbeatTimeoutMs / 2);
    adopted.kill('SIGKILL');
    expect(recorder.events.filter(({ type }) => type === 'stalled' || type === 'signalled')).toEqual([]);
  });

  it('ends a child that closed its heartbeat pipe but runs on, even if it is the only one', async () => {
    const lost = recorder.next('pulseLost');
    const exited = recorder.next('exited');
    recorder.tree.start('a', node('closes-its-pipe.js'));
    await lost;
    expect((await exited).exit).toEqual({ kind: 'signal', signal: 'SIGQUIT' });
  });

  it('replaces a child politely by another way than a signal if there is one', async () => {
    const pid = await startListening('a', node('obeys.js'));
    const launched = recorder.next('launched');
    recorder.tree.replace('a', { mode: 'graceful', ask: () => trySignal(pid, 'SIGUSR1') });
    expect((await launched).identity.pid).not.toBe(pid);
    expect(recorder.events.filter((e) => e.type === 'signalled')).toEqual([]);
    expect(recorder.tree.view('a')).toMatchObject({
      state: 'running',
      restarts: 1,
      lastExit: { kind: 'code', code: 7 },
    });
  });

  it('lets a detached child notice at once that its parent is gone', async () => {
    const file = join(dir, 'lost');
    const script = `
      const { ProcessTree, childSpec, nodeProgram } = require(${JSON.stringify(child.replace('child.js', 'index.js'))});
      const { systemClock } = require('@pinky/protocol');
      const tree = new ProcessTree({ clock: systemClock, onEvent: () => undefined });
      const leaver = nodeProgram(${JSON.stringify({ file: program('leaves-without-parent.js'), args: [child, file] })});
      tree.start('a', childSpec({
        ...leaver,
        hasHeartbeat: true,
        isDetached: true,
        output: 'inherit',
      }));
      setInterval(() => { if (tree.view('a')) tree.beat('a'); }, 1000);
    `;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], cwd: __dirname });
    const output = createInterface({ input: parent.stdout });
    expect(await once(output, 'line')).toEqual(['watches its parent']);
    expect(existsSync(file)).toBe(false);
    parent.kill('SIGKILL');
    await once(output, 'close'); // parent and child share it, so both are gone
    expect(existsSync(file)).toBe(true);
  });

  it('adopts a process that is not its child, sees its exit by its connection, and starts another one', async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    const identity = identify(other.pid!)!;
    expect(recorder.tree.adopt('a', sh('sleep 61'), identity)).toBe(true);
    recorder.tree.connectionHeld('a', true);
    expect(recorder.tree.view('a')).toMatchObject({ isAdopted: true, pid: other.pid });
    const launched = recorder.next('launched');
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    recorder.tree.connectionHeld('a', false);
    expect((await launched).identity.pid).not.toBe(other.pid);
  });

  it('sees the exit of an adopted process without a connection by looking', async () => {
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    recorder.tree.adopt('a', sh('sleep 61'), identify(other.pid!)!);
    const exited = recorder.next('exited');
    other.kill('SIGKILL');
    expect((await exited).exit).toEqual({ kind: 'unknown' });
  });

  it('takes the exit of an adopted process for a crash only if it is still wanted', async () => {
    const meaningOfEnd = async (isWanted: boolean): Promise<string> => {
      const other = spawn('sleep', ['60'], { stdio: 'ignore' });
      recorder.tree.adopt(`wanted-${isWanted}`, { ...sh('sleep 61'), isWanted: () => isWanted }, identify(other.pid!)!);
      const exited = recorder.next('exited');
      other.kill('SIGKILL');
      return (await exited).meaning;
    };
    expect([await meaningOfEnd(true), await meaningOfEnd(false)]).toEqual(['crashed', 'done']);
  });

  it('never signals another process that has the pid of an adopted one by now', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    const mine = { ...identify(stranger.pid!)!, startTime: '1' };
    recorder.tree.adopt('a', sh('true'), mine);
    expect(recorder.tree.signal('a', 'SIGKILL')).toBe(false);
    expect(await recorder.tree.stop('a', { mode: 'immediate' })).toEqual({ kind: 'unknown' });
    expect(isAlive(identify(stranger.pid!)!)).toBe(true);
    stranger.kill('SIGKILL');
  });

  it('appends a child\'s output to its log, and runs it even if there can be no log', async () => {
    const done = recorder.next('exited');
    recorder.tree.start('a', sh('echo out; echo err >&2', { output: { file: join(dir, 'a.log') } }));
    await done;
    expect(readFileSync(join(dir, 'a.log'), 'utf8')).toBe('out\nerr\n');
    const second = recorder.next('exited');
    recorder.tree.start('b', sh('echo out', { output: { file: join(dir, 'no', 'folder') } }));
    expect((await second).meaning).toBe('done');
  });

  it('changes nothing any more once it is released, even if a child dies', async () => {
    const pid = await startListening('a', node('obeys.js'));
    recorder.tree.release();
    const identity = identify(pid)!;
    trySignal(pid, 'SIGKILL');
    await until('it is gone', () => !isAlive(identity));
    expect(recorder.events.filter((e) => e.type === 'launched')).toHaveLength(1);
  });

  it('stops all children at the same time', async () => {
    for (const name of ['a', 'b', 'c']) recorder.tree.start(name, sh('exec sleep 60'));
    await recorder.tree.stopAll({ mode: 'graceful' });
    expect(recorder.tree.views().map((v) => v.state)).toEqual(['idle', 'idle', 'idle']);
  });
});
