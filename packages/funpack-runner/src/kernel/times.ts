import { cString, lastError, libc } from './libc.js';

const nanosPerSecond = 1_000_000_000n;
/** Leaves the time of the last access as it is (`UTIME_OMIT` of Linux). */
const omitted = 0x3ffffffen;
const atSymlinkNofollow = 0x100;

/** Sets when an open file or folder was modified, in nanoseconds since 1970: Node's own call knows microseconds. */
export function setTime(fd: number, mtimeNs: bigint): void {
  if (libc().futimens(fd, timespecs(mtimeNs)) !== 0) throw lastError('futimens');
}

/** The same for a symbolic link, by its name in an open folder. */
export function setLinkTime(folder: number, name: string, mtimeNs: bigint): void {
  const result = libc().utimensat(folder, cString(name), timespecs(mtimeNs), atSymlinkNofollow);
  if (result !== 0) throw lastError('utimensat');
}

/** Memory for one call, which is over when this is used again. */
const times = Buffer.alloc(32);

function timespecs(mtimeNs: bigint): Buffer {
  const rest = mtimeNs % nanosPerSecond;
  const nanos = rest < 0n ? rest + nanosPerSecond : rest;
  times.writeBigInt64LE(omitted, 8);
  times.writeBigInt64LE((mtimeNs - nanos) / nanosPerSecond, 16);
  times.writeBigInt64LE(nanos, 24);
  return times;
}
