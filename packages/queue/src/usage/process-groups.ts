import { readdir, readFile } from 'node:fs/promises';

/** Process ids by process group, from one look through /proc. A process that vanishes meanwhile is left out. */
export async function processGroups(): Promise<Map<number, number[]>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const groups = new Map<number, number[]>();
  await Promise.all(pids.map(async (pid) => {
    const group = await processGroupOf(pid);
    if (group === undefined) return;
    const members = groups.get(group);
    if (members) members.push(pid);
    else groups.set(group, [pid]);
  }));
  return groups;
}

/** Field 5 of /proc/<pid>/stat; undefined where there is no such process. The name in field 2 may hold anything. */
export async function processGroupOf(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined; // it ended meanwhile
  }
}
