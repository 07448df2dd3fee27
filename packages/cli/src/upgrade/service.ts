import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { PinkyError } from '@pinky/protocol';

/** The systemd unit whose main process a supervisor is. */
export interface ServiceUnit {
  readonly name: string;
  /** `--user` for a unit of somebody's own systemd. */
  readonly scope: readonly string[];
}

const askMs = 5_000;

/**
 * The unit that runs process `pid`, or undefined. Its cgroup names the unit, but a supervisor that was started by hand
 * has that of the shell (of ssh.service, say): so the unit must say itself that this is its main process.
 */
export function unitOf(pid: number): ServiceUnit | undefined {
  const name = /\/([^/\n]+\.service)$/m.exec(cgroupsOf(pid))?.[1];
  if (name === undefined) return undefined;
  const scope = [[], ['--user']].find((each) => mainPid(name, each) === pid);
  return scope && { name, scope };
}

/** Restarts a unit; returns when systemd was told that it is ready. */
export async function restartUnit({ name, scope }: ServiceUnit): Promise<void> {
  try {
    await promisify(execFile)('systemctl', [...scope, 'restart', name]);
  } catch (cause) {
    const said =
      typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new PinkyError('launch_failed', `systemctl restart ${name} failed: ${said}`, { cause });
  }
}

function cgroupsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

function mainPid(name: string, scope: readonly string[]): number | undefined {
  try {
    return Number(
      execFileSync('systemctl', [...scope, 'show', '--property=MainPID', '--value', name], {
        stdio: 'pipe',
        encoding: 'utf8',
        timeout: askMs,
      }).trim(),
    );
  } catch {
    return undefined; // no systemd of that kind answers
  }
}
