import { createHash } from 'node:crypto';
import type { ManifestEntry } from '../catalogue/manifest.js';
import { momentText, type FileStat } from '../kernel/file-stat.js';

/** All that a manifest says of a path before its content is known. */
export function entryOf(path: string, type: ManifestEntry['t'], stat: FileStat): ManifestEntry {
  const [mt, ct] = [momentText(stat.mtime), momentText(stat.ctime)];
  if (type !== 'f') return { p: path, t: type, m: stat.mode, mt, ct };
  return {
    p: path,
    t: type,
    m: stat.mode,
    s: stat.size,
    d: stat.device,
    i: stat.inode,
    mt,
    ct,
  };
}

/** A digest of attributes. Undefined where there are none. */
export function attributesDigest(attributes: ReadonlyMap<string, Buffer>): string | undefined {
  if (attributes.size === 0) return undefined;
  const hash = createHash('sha256');
  for (const [name, value] of [...attributes].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name.length}:${name}=${value.length}:`).update(value);
  return hash.digest('hex').slice(0, 32);
}
