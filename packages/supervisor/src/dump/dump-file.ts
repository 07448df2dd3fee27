import { closeSync, constants, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { regularFileAt } from '../given-file/regular-file.js';

/** The file for a process's dump on CONT. ServerEngine's sigdump uses the same name. */
export function dumpPath(pid = process.pid): string {
  return `/tmp/sigdump-${pid}.log`;
}

/**
 * Writes a dump as a new file of ours, 0600. Anybody can write to /tmp: a link that was planted there is removed, and
 * never written through. Throws the system's error if that is not allowed, and `bad_option` if a device, a pipe, a
 * socket or a folder is there.
 */
export function writeDump(path: string, text: string): void {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) regularFileAt(path);
  rmSync(path, { force: true });
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
