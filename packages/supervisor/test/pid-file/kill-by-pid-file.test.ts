import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock, until } from '@pinky/protocol/testing';
import { claimPidFile } from '../../src/pid-file/claim-pid-file';
import { gracePeriodMs, killByPidFile } from '../../src/pid-file/kill-by-pid-file';
import { ownerPath } from '../../src/pid-file/read-pid-file';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const stubborn = bundleProgram('ignores-sigterm', dir.path);
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  dir.remove();
});

const lines = (path: string, count: number): Promise<string[]> =>
  until(`${path} has ${count} lines`, () => {
    const found = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    return found.length >= count && found;
  });

/** A process with a pid file. */
function start(name: string, command: string, args: readonly string[]): { pidFile: string; child: ChildProcess } {
  const child = spawn(command, [...args], { stdio: 'ignore' });
  children.push(child);
  const pidFile = join(dir.path, `${name}.pid`);
  claimPidFile(pidFile, child.pid);
  return { pidFile, child };
}

describe('killing by pid file', () => {
  it('sends TERM and removes the pid file once the process has left', async () => {
    const { pidFile } = start('obedient', 'sleep', ['600']);
    expect(await killByPidFile(pidFile)).toBe('SIGTERM');
    expect([existsSync(pidFile), existsSync(ownerPath(pidFile))]).toEqual([false, false]);
  });

  it.each([[true, ['ready', 'SIGTERM', 'SIGQUIT']], [false, ['ready', 'SIGTERM']]])(
    'waits 20 s for a process that ignores TERM, then (stacks: %s) sends KILL', async (showsStacks, expected) => {
      const notes = join(dir.path, `notes-${showsStacks}`);
      const { pidFile, child } = start(`stubborn-${showsStacks}`, process.execPath, [stubborn, notes]);
      await lines(notes, 1);
      const exited = once(child, 'exit');
      const clock = new FakeClock();
      const killed = killByPidFile(pidFile, { showsStacks, clock });
      await lines(notes, 2);
      await clock.advance(gracePeriodMs - 1000);
      expect(child.signalCode).toBeNull();
      await clock.advance(1100);
      if (showsStacks) {
        await lines(notes, 3);
        await clock.advance(1100);
      }
      await exited;
      await clock.advance(1000);
      expect([await killed, child.signalCode, await lines(notes, 2)]).toEqual(['SIGKILL', 'SIGKILL', expected]);
      expect(existsSync(pidFile)).toBe(false);
    });

  it('signals nothing if another process has the number by now, or none has it', async () => {
    const { pidFile, child } = start('reused', 'sleep', ['600']);
    writeFileSync(
      ownerPath(pidFile),
      JSON.stringify({ ...JSON.parse(readFileSync(ownerPath(pidFile), 'utf8')), startTime: '1' }),
    );
    expect(await killByPidFile(pidFile)).toBe('nothing');
    expect(child.kill(0)).toBe(true);
    expect(await killByPidFile(join(dir.path, 'missing.pid'))).toBe('nothing');
  });

  it.each([['', 'is empty'], ['hello', 'holds "hello"']])('reports a pid file of %j as such', async (text, message) => {
    const pidFile = join(dir.path, 'odd.pid');
    writeFileSync(pidFile, text);
    await expect(killByPidFile(pidFile)).rejects.toThrow(message);
  });
});
