import type { BigIntStats } from 'node:fs';
import { noAttributes } from '../tar/tar-entry.js';

/** The part of a header that every kind of entry has. */
export const headOf = (stats: BigIntStats, path: string) => ({
  path,
  mode: Number(stats.mode & 0o7777n),
  uid: Number(stats.uid),
  gid: Number(stats.gid),
  size: 0,
  mtimeNs: stats.mtimeNs,
  linkname: '',
  attributes: noAttributes,
});
