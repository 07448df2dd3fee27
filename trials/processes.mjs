import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const textOf = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone meanwhile
  }
};

/**
 * State letter and start time (field 22 of proc_pid_stat(5)) of a pid; undefined where there is none, or only its
 * zombie.
 */
export function statOf(pid) {
  const line = textOf(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return line && fields[0] !== 'Z' && fields[0] !== 'X'
    ? { state: fields[0], parent: Number(fields[1]), startTime: fields[19] }
    : undefined;
}

/** A process as pid and start time: `1234-5678`; the same text is the same process. */
export const identityOf = (pid) => {
  const stat = statOf(pid);
  return stat && `${pid}-${stat.startTime}`;
};

export const isAlive = (identity) => identityOf(Number(identity.split('-')[0])) === identity;

/** Signals exactly this process; false where it is gone. */
export function signal(identity, name) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(Number(identity.split('-')[0]), name);
    return true;
  } catch {
    return false; // gone between look and signal
  }
}

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
const environOf = (pid) => textOf(`/proc/${pid}/environ`);
const commandOf = (pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
const titlePattern = /^pinky: (supervisor|queue|worker)\b ?(\S*)/;

/**
 * Pinky's own processes of one home: role, server, identity. A child that has not set its title yet is none of these.
 */
export function pinkyProcesses(home) {
  const found = [];
  const children = [];
  for (const pid of pids()) {
    const command = commandOf(pid);
    if (/^pinky: funpack-runner|funpack-runner\/dist\/main/.test(command)) children.push({ pid, command });
    const isRedis = command.startsWith('redis-server') && command.includes(`${home}/`);
    const title = titlePattern.exec(command);
    if (!isRedis && !title) continue;
    // Redis writes its title over its environment.
    if (!isRedis && !`\0${environOf(pid)}\0`.includes(`\0PINKY_HOME=${home}\0`)) continue;
    const identity = identityOf(pid);
    if (identity) {
      found.push({
        pid,
        identity,
        role: isRedis ? 'redis' : title[1],
        command,
        serverId: title?.[1] === 'worker' ? title[2] : undefined,
      });
    }
  }
  return [...found, ...children.flatMap((child) => runnerOf(child, found))];
}

/** A funpack-runner has nothing of Pinky's in its environment: it is known by its parent, a worker. */
function runnerOf({ pid, command }, known) {
  const parent = statOf(pid)?.parent;
  const worker = known.find((one) => one.role === 'worker' && one.pid === parent);
  const identity = identityOf(pid);
  return worker && identity ? [{ pid, identity, role: 'funpack-runner', command, serverId: worker.serverId }] : [];
}

/** The sh between a worker and its game. */
export function wrapperOf(serverDir) {
  for (const pid of pids())
    if (commandOf(pid).startsWith('/bin/sh ') && commandOf(pid).includes(`${serverDir}/runs/`)) return identityOf(pid);
  return undefined;
}

/**
 * Every process that has anything to do with a folder: in its environment, command line, working directory or open
 * files.
 */
export function processesOf(root) {
  return pids()
    .filter(
      (pid) =>
        pid !== process.pid &&
        statOf(pid) &&
        (environOf(pid).includes(root) ||
          commandOf(pid).includes(root) ||
          linksOf(pid).some((link) => link.startsWith(root))),
    )
    .map((pid) => ({ pid, identity: identityOf(pid), command: commandOf(pid) }))
    .filter(
      ({ identity, command }) => identity && !command.includes('scripts/chaos') && !command.includes('trials/chaos/main'),
    );
}

function linksOf(pid) {
  const linkOf = (path) => {
    try {
      return readlinkSync(path);
    } catch {
      return ''; // closed meanwhile
    }
  };
  try {
    return [linkOf(`/proc/${pid}/cwd`), ...readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))];
  } catch {
    return []; // gone meanwhile
  }
}

/**
 * How many files a process has open, and what it holds in memory for itself alone, bytes; undefined where it is gone.
 */
export function usageOf(pid) {
  try {
    const rollup = textOf(`/proc/${pid}/smaps_rollup`);
    return {
      handles: readdirSync(`/proc/${pid}/fd`).length,
      bytes: Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024,
    };
  } catch {
    return undefined;
  }
}
