import { errnoOf } from '@pinky/protocol';
import { cString, lastError, libc } from './libc.js';

/** The kernel's own limit on a list of names and on one value (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`). */
const maxBytes = 65_536;
const list = { bytes: Buffer.alloc(0) };

/** The names of an open file's extended attributes. None if the file system has no attributes. */
export function attributeNames(fd: number): readonly string[] {
  const length = Number(libc().flistxattr(fd, scratch(), maxBytes));
  if (length === 0) return [];
  if (length > 0) return scratch().toString('latin1', 0, length).split('\0').filter((name) => name !== '');
  const failure = lastError('flistxattr');
  if (isUnsupported(failure)) return [];
  throw failure;
}

/** One attribute's value. Undefined if it is gone by now. */
export function readAttribute(fd: number, name: string): Buffer | undefined {
  const length = Number(libc().fgetxattr(fd, cString(name), scratch(), maxBytes));
  if (length >= 0) return Buffer.from(scratch().subarray(0, length));
  const failure = lastError('fgetxattr');
  if (errnoOf(failure) === 'ENODATA' || isUnsupported(failure)) return undefined;
  throw failure;
}

export function writeAttribute(fd: number, name: string, value: Buffer): void {
  if (libc().fsetxattr(fd, cString(name), value, value.length, 0) !== 0) throw lastError('fsetxattr');
}

const isUnsupported = (failure: unknown): boolean =>
  ['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS'].includes(errnoOf(failure) ?? '');

function scratch(): Buffer {
  if (list.bytes.length === 0) list.bytes = Buffer.allocUnsafeSlow(maxBytes);
  return list.bytes;
}
