import { readFileSync, statfsSync } from 'node:fs';

/**
 * A program that maps a file into memory changes the file's time with the first write to a page, and not with those
 * after it, until the kernel has written the page to the disk: 35 s by its defaults. Milliseconds.
 */
const shortestMs = 60_000;
/** Files here are never written to a disk. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]); // tmpfs, ramfs

/**
 * For how long after its last change a file may be written to without a sign of it, milliseconds. A machine may be told
 * to keep what is written in memory for longer; a busy disk takes as long again.
 */
export function untoldMs(folder: string): number {
  if (inMemory.has(statfsSync(folder).type)) return Infinity;
  const told = hundredths('dirty_expire_centisecs') + hundredths('dirty_writeback_centisecs');
  return Math.max(shortestMs, 2 * told * 10);
}

/** A setting of the kernel. 0 where it is not to be read, as in some containers. */
function hundredths(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/vm/${name}`, 'utf8')) || 0;
  } catch {
    return 0;
  }
}
