// Reads /proc. A process that ends meanwhile, or belongs to another user, has empty texts.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { lookFor } from '@pinky/protocol/testing';

const textOf = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

export const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
export const environOf = (pid) => textOf(`/proc/${pid}/environ`);
export const commandOf = (pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();

/**
 * Fields 3, 4, 7 and 22 of proc_pid_stat(5). Undefined if there is no such process, or only its zombie.
 */
export function statOf(pid) {
  const line = textOf(`/proc/${pid}/stat`);
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if (!line || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return {
    state: fields[0],
    parent: Number(fields[1]),
    hasTerminal: fields[4] !== '0',
    startTime: fields[19],
  };
}

export const isRunning = (pid) => statOf(pid) !== undefined;

/** A process as pid and start time: `1234-5678`. The same text means the same process. */
export const identityOf = (pid) => {
  const stat = statOf(pid);
  return stat && `${pid}-${stat.startTime}`;
};

export const isAlive = (identity) => identityOf(Number(identity.split('-')[0])) === identity;

/** Signals exactly this process. Answers false if it is gone. */
export function signal(identity, name) {
  if (!isAlive(identity)) return false;
  try {
    process.kill(Number(identity.split('-')[0]), name);
    return true;
  } catch {
    return false; // it ended between the look and the signal
  }
}

/**
 * Every process that has to do with a folder: it names the folder in its environment or command line, works in it, or
 * has one of its files open. The trial's own process, and what launched it, do not count.
 */
export function processesOf(root) {
  return pids()
    .filter((pid) => pid !== process.pid && statOf(pid) && hasToDoWith(root, pid))
    .map((pid) => ({ pid, identity: identityOf(pid), command: commandOf(pid) }))
    .filter(({ identity, command }) => identity && !/scripts\/chaos|trials\/chaos\/(worlds\/)?main/.test(command));
}

const hasToDoWith = (root, pid) =>
  environOf(pid).includes(root) || commandOf(pid).includes(root) || linksOf(pid).some((link) => link.startsWith(root));

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

/** Kills whatever has to do with a folder until nothing is left of it. */
export async function killAllOf(root) {
  await lookFor(() => {
    const left = processesOf(root);
    for (const { identity } of left) signal(identity, 'SIGKILL');
    return left.length === 0;
  }, { everyMs: 50 });
}

/** How many files a process has open, and its share of memory (PSS), bytes. Undefined if it is gone. */
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
