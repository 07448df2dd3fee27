import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';

/** Where a process's dump goes on CONT, as ServerEngine's (its sigdump). */
export function dumpPath(pid = process.pid): string {
  return `/tmp/sigdump-${pid}.log`;
}

/**
 * Writes a dump as a new file of ours, 0600. /tmp belongs to everybody: what was planted under the name, a link say, is
 * removed and never written through. Throws the system's error where that is not allowed.
 */
export function writeDump(path: string, text: string): void {
  rmSync(path, { force: true });
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
