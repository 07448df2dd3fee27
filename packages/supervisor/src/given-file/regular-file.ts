import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { errnoOf, PinkyError, type ErrorCode } from '@pinky/protocol/base';
import { linkEnd } from './link-end.js';

/**
 * The absolute path of the file that somebody means by `path`, for those who replace or remove that file. A link stays,
 * and the file that it leads to is meant. The file need not exist. If something else than a regular file is there (a
 * device, a pipe, a socket, a folder), it must not be replaced: an error with this code, before anything is written.
 */
export function regularFileAt(path: string, code: ErrorCode = 'bad_option'): string {
  if (path === '') throw new PinkyError(code, 'the path of the file is empty', { remedy: 'name a file' });
  refuseOther(path, statSync(path, { throwIfNoEntry: false }), code);
  if (path.endsWith('/')) throw new PinkyError(code, `${path} names a folder, not a file`, { remedy: 'name a file' });
  return linkEnd(path);
}

/**
 * The text of a regular file. Undefined if it is not there. Opening a pipe would wait for its other end, and a device
 * may never end: anything but a regular file is an error with this code.
 */
export function readRegularFile(path: string, code: ErrorCode = 'bad_option'): string | undefined {
  try {
    const fd = openRegularFile(path, code);
    try {
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A descriptor to read a regular file with, for those who read a part. Anything else is an error with this code. */
export function openRegularFile(path: string, code: ErrorCode = 'bad_option'): number {
  refuseOther(path, statSync(path), code); // opening a device may do something
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    refuseOther(path, fstatSync(fd), code); // another file may be there by now
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function refuseOther(path: string, stat: Stats | undefined, code: ErrorCode): void {
  if (!stat || stat.isFile()) return;
  throw new PinkyError(code, `${path} is ${kindOf(stat)}, not a regular file`, {
    remedy: 'name another file; this one was left as it is',
  });
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}
