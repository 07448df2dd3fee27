import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { ManifestEntry } from '../catalogue/manifest.js';

/** What a manifest says of a path before its content is known. */
export const entryOf = (path: string, type: ManifestEntry['t'], stats: BigIntStats): ManifestEntry => ({
  p: path,
  t: type,
  m: Number(stats.mode & 0o7777n),
  ...(type === 'f' && { s: Number(stats.size) }),
  ...(type === 'f' && { d: String(stats.dev), i: String(stats.ino) }),
  mt: String(stats.mtimeNs),
  ct: String(stats.ctimeNs),
});

/** A digest of attributes. Undefined where there are none. */
export function attributesDigest(attributes: ReadonlyMap<string, Buffer>): string | undefined {
  if (attributes.size === 0) return undefined;
  const hash = createHash('sha256');
  for (const [name, value] of [...attributes].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name.length}:${name}=${value.length}:`).update(value);
  return hash.digest('hex').slice(0, 32);
}
