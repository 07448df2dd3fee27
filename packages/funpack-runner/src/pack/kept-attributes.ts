import { attributeNames, readAttribute } from '../kernel/attributes.js';
import { noAttributes } from '../tar/tar-entry.js';
import type { Gaps } from './gaps.js';

const accessLists: ReadonlySet<string> = new Set(['system.posix_acl_access', 'system.posix_acl_default']);
/** A label of the whole system, which belongs to the place of a file and not to the file. */
const systemLabel = 'security.selinux';
/** All that a file may bring: an extended header has at most 1 MiB. */
const mostBytes = 512 * 1024;

/**
 * The attributes of an open file or folder that a backup keeps: those of users, and access lists. Others give rights to
 * programs and are never given back, so they are told as left out.
 */
export function keptAttributes(fd: number, path: string, gaps: Gaps): ReadonlyMap<string, Buffer> {
  const names = attributeNames(fd);
  if (names.length === 0) return noAttributes;
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  for (const name of names) {
    const isKept = name.startsWith('user.') || accessLists.has(name);
    const value = isKept ? readAttribute(fd, name) : undefined;
    bytes += value?.length ?? 0;
    if (value && bytes <= mostBytes) kept.set(name, value);
    else if (name !== systemLabel && (value || !isKept)) gaps.leftOut.add(path, `has the attribute ${name}`);
  }
  return kept;
}
