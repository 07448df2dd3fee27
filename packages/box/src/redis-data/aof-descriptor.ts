import { namesIn } from '@pinky/protocol';
import { readFileSync, readlinkSync } from 'node:fs';

/** `O_APPEND` in the flags of `/proc/<pid>/fdinfo/<fd>`, which are octal (proc(5)). */
const appendFlag = 0o2000;
const writesFile = /\/appendonly\.aof\.(\d+)\.incr\.aof$/;

/**
 * Whether Redis has opened the file that it writes to for appending. Undefined if it has none: it does not run, it
 * begins just now, or it is older than 7 and writes one file only, which is always open for appending.
 */
export function isAppending(pid: number): boolean | undefined {
  const open = namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    const at = writesFile.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
    return at === undefined ? [] : [{ fd, at: Number(at) }];
  });
  const newest = open.toSorted((one, other) => other.at - one.at)[0]; // the one before may be closing
  const flags = newest && /^flags:\s*(\d+)$/m.exec(textOf(`/proc/${pid}/fdinfo/${newest.fd}`))?.[1];
  return flags === undefined ? undefined : (parseInt(flags, 8) & appendFlag) !== 0;
}

const linkOf = (path: string): string => orEmpty(() => readlinkSync(path));
const textOf = (path: string): string => orEmpty(() => readFileSync(path, 'utf8'));

/** A descriptor that has closed since has none. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
