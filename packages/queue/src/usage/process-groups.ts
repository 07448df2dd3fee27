import { closeSync, openSync, readdirSync, readSync } from 'node:fs';

/** How many processes are read before other work gets its turn. */
const atOnce = 50;
/** Larger than any stat line. */
const statBytes = 1024;

/**
 * Process ids by process group, from one look through /proc. A process that vanishes meanwhile is left out. The files
 * are read synchronously, in portions, because each would take five times as much CPU through the thread pool.
 */
export async function processGroups(): Promise<Map<number, number[]>> {
  const groups = new Map<number, number[]>();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  for (const [index, pid] of pids.entries()) {
    if (index % atOnce === atOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    const group = processGroupOf(pid);
    if (group === undefined) continue;
    const members = groups.get(group);
    if (members) members.push(pid);
    else groups.set(group, [pid]);
  }
  return groups;
}

/** Field 5 of /proc/<pid>/stat. Undefined if there is no such process. The name in field 2 may hold anything. */
export function processGroupOf(pid: number): number | undefined {
  try {
    const fd = openSync(`/proc/${pid}/stat`, 'r');
    try {
      const buffer = Buffer.allocUnsafe(statBytes);
      const stat = buffer.toString('latin1', 0, readSync(fd, buffer, 0, statBytes, 0));
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)[2]);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // it ended meanwhile
  }
}
