import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './disk.js';

/** How many files a process has open, and how many it may. Undefined if it is gone, closed to us, or has no limit. */
export function openFilesOf(
  pid: number,
  proc = '/proc',
): { readonly used: number; readonly most: number } | undefined {
  const most = limitOf(pid, 'Max open files', proc);
  const used = countIn(join(proc, String(pid), 'fd'));
  return most === undefined || used === undefined ? undefined : { used, most };
}

/** The soft limit in /proc/<pid>/limits. Undefined if it is unlimited, or the process is closed to us. */
export function limitOf(pid: number, name: string, proc: string): number | undefined {
  const found = new RegExp(`^${name} +(\\d+)`, 'm').exec(textOf(join(proc, String(pid), 'limits')))?.[1];
  return found === undefined ? undefined : Number(found);
}

function countIn(dir: string): number | undefined {
  try {
    return readdirSync(dir).length;
  } catch {
    return undefined; // another user's
  }
}
