import { readFileSync } from 'node:fs';
import { propertyOf, systemctl } from '../systemd/systemctl.js';

/** The systemd unit whose main process is a supervisor. */
export interface ServiceUnit {
  readonly name: string;
  /** `--user` for a unit of a user's own systemd. */
  readonly scope: readonly string[];
}

/**
 * The unit that runs process `pid`, or undefined. The cgroup of the process names a unit, but that may be ssh.service,
 * say, if the supervisor was started by hand. So the unit itself must say that this is its main process.
 */
export function unitOf(pid: number): ServiceUnit | undefined {
  const name = /\/([^/\n]+\.service)$/m.exec(cgroupsOf(pid))?.[1];
  if (name === undefined) return undefined;
  const scope = [[], ['--user']].find((each) => Number(propertyOf(name, 'MainPID', each)) === pid);
  return scope && { name, scope };
}

/** The file of a unit. Undefined if systemd does not know one. */
export const fileOf = ({ name, scope }: ServiceUnit): string | undefined =>
  propertyOf(name, 'FragmentPath', scope) || undefined;

/** Restarts a unit. Resolves when the supervisor has told systemd that it is ready. */
export const restartUnit = ({ name, scope }: ServiceUnit): Promise<void> =>
  systemctl('launch_failed', ...scope, 'restart', name);

function cgroupsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
