import { nanosOf, type FileStat } from '../kernel/file-stat.js';
import { noAttributes } from '../tar/tar-entry.js';

/** The part of a header that every kind of entry has. */
export const headOf = ({ mode, uid, gid, mtime }: FileStat, path: string) => ({
  path,
  mode,
  uid,
  gid,
  size: 0,
  mtimeNs: nanosOf(mtime),
  linkname: '',
  attributes: noAttributes,
});
