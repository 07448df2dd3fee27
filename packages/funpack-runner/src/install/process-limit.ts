import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@pinky/protocol';

/** How many processes and threads an install script may have at once. SteamCMD and a Java build take some 200. */
const mostProcesses = 1_024;
/** The kernel takes a moment to let an empty group go, milliseconds. */
const goneMs = 2_000;

/** A cgroup that bounds how many processes there are. */
export interface ProcessLimit {
  /** A process that writes 0 here joins. */
  readonly procs: string;
  readonly end: () => Promise<void>;
}

/** Undefined where the machine gives no cgroup of that kind: then a script may start as many as it can. */
export function limitProcesses(name: string): ProcessLimit | undefined {
  const root = pidsRoot(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (root === undefined) return undefined;
  const dir = join(root, `pinky-install-${name}.${process.pid}`);
  try {
    mkdirSync(dir);
    writeFileSync(join(dir, 'pids.max'), String(mostProcesses));
  } catch {
    remove(dir);
    return undefined; // it is mounted read-only, as in most containers
  }
  return { procs: join(dir, 'cgroup.procs'), end: () => removeOnceEmpty(dir) };
}

/** The folder of the hierarchy that counts processes: version 2, or version 1 where that has the controller. */
function pidsRoot(mountinfo: string): string | undefined {
  const mounts = mountinfo.split('\n').map((line) => line.split(' '));
  const mount = mounts.find((fields) => {
    const [kind, , options = ''] = fields.slice(fields.indexOf('-') + 1);
    return kind === 'cgroup'
      ? options.split(',').includes('pids')
      : kind === 'cgroup2' && controllersOf(fields[4] ?? '').includes('pids');
  });
  return mount?.[4];
}

function controllersOf(dir: string): readonly string[] {
  try {
    return readFileSync(join(dir, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
  } catch {
    return [];
  }
}

async function removeOnceEmpty(dir: string): Promise<void> {
  const until = systemClock.now() + goneMs;
  while (!remove(dir) && systemClock.now() < until) await systemClock.rest(20);
}

function remove(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch {
    return false;
  }
}
