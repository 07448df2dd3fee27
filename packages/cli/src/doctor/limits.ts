import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { textOf } from '../observe/disk.js';
import { limitOf, openFilesOf } from '../observe/open-files.js';
import type { Finding } from './finding.js';

/** A limit counts as close when so much of it is used. */
const closeShare = 0.9;

/** A limit: its user, how much of it is used, and what to do. */
interface Use {
  readonly name: string;
  readonly what: string;
  readonly used: number;
  readonly most: number;
  readonly fix: string;
}

/** The limits on processes and open files. Where one is reached, nothing more can be started (EAGAIN, EMFILE). */
export function checkLimits(pids: readonly number[], proc = '/proc', cgroups = '/sys/fs/cgroup'): Finding[] {
  const uses = [
    ...pids.flatMap((pid) => [openFiles(pid, proc), userProcesses(pid, proc)]),
    ...(pids[0] === undefined ? [] : cgroupTasks(pids[0], proc, cgroups)),
    machineTasks(proc),
    machineFiles(proc),
  ].filter((use) => use !== undefined);
  const close = uses.filter(({ used, most }) => most > 0 && used >= closeShare * most);
  const seen = new Map(close.map((use) => [use.what, finding(use)]));
  return seen.size > 0
    ? [...seen.values()]
    : [{ name: 'limits', level: 'ok', found: 'there is room for more processes and open files' }];
}

const finding = ({ name, what, used, most, fix }: Use): Finding => ({
  name,
  level: used >= most ? 'bad' : 'odd',
  found: `${what}: ${used} of ${most} are used${used >= most ? '; nothing more can be started' : ''}`,
  fix,
});

function openFiles(pid: number, proc: string): Use | undefined {
  const use = openFilesOf(pid, proc);
  return use && {
    name: 'open files',
    what: `open files of process ${pid} (EMFILE)`,
    ...use,
    fix: 'raise the limit of the box (`ulimit -n`, LimitNOFILE= of the unit), then `pinky upgrade` or restart it',
  };
}

/** The limit counts the threads of a user. Root has none. */
function userProcesses(pid: number, proc: string): Use | undefined {
  const most = limitOf(pid, 'Max processes', proc);
  const uid = fieldOf(pid, 'Uid', proc);
  if (most === undefined || uid === undefined || uid === 0) return undefined;
  const used = readdirSync(proc)
    .filter((name) => /^\d+$/.test(name) && fieldOf(Number(name), 'Uid', proc) === uid)
    .reduce((sum, name) => sum + (fieldOf(Number(name), 'Threads', proc) ?? 0), 0);
  return {
    name: 'processes',
    what: `processes of user ${uid} (EAGAIN)`,
    used,
    most,
    fix: 'raise `ulimit -u` of that user (LimitNPROC= of the unit), or stop a server',
  };
}

/** Every cgroup above the box may have a limit of its own: of its unit, of its container. */
function cgroupTasks(pid: number, proc: string, root: string): Use[] {
  const path = /^(?:0::|\d+:pids:)(\/.*)$/m.exec(textOf(join(proc, String(pid), 'cgroup')))?.[1];
  if (path === undefined) return [];
  const base = existsSync(join(root, 'pids')) ? join(root, 'pids') : root;
  const uses: Use[] = [];
  for (let dir = join(base, path); dir.startsWith(base); dir = dirname(dir)) {
    const [used, most] = ['pids.current', 'pids.max'].map((name) => Number.parseInt(textOf(join(dir, name)), 10));
    if (used === undefined || most === undefined || Number.isNaN(most)) continue;
    uses.push({
      name: 'processes',
      what: `processes in the cgroup ${dir} (EAGAIN)`,
      used,
      most,
      fix: 'raise its `pids.max` (TasksMax= of the unit, --pids-limit of the container), or stop a server',
    });
  }
  return uses;
}

function machineTasks(proc: string): Use | undefined {
  const used = Number(/\/(\d+) /.exec(textOf(join(proc, 'loadavg')))?.[1]);
  const limits = ['threads-max', 'pid_max'].map((name) => Number(textOf(join(proc, 'sys/kernel', name))));
  if (Number.isNaN(used)) return undefined;
  return {
    name: 'processes',
    what: 'processes of the machine (EAGAIN)',
    used,
    most: Math.min(...limits),
    fix: 'raise kernel.threads-max and kernel.pid_max (sysctl), or stop what runs away',
  };
}

function machineFiles(proc: string): Use | undefined {
  const [used, , most] = textOf(join(proc, 'sys/fs/file-nr')).trim().split(/\s+/).map(Number);
  if (used === undefined || most === undefined) return undefined;
  return {
    name: 'open files',
    what: 'open files of the machine (ENFILE)',
    used,
    most,
    fix: 'raise fs.file-max (sysctl)',
  };
}

function fieldOf(pid: number, name: string, proc: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(textOf(join(proc, String(pid), 'status')))?.[1];
  return found === undefined ? undefined : Number(found);
}
