import { errnoOf } from '@pinky/protocol';
import { writeAttribute } from '../kernel/attributes.js';
import type { EntryHead } from '../tar/tar-entry.js';
import type { NameCount } from '../archive/name-count.js';

const accessLists: ReadonlySet<string> = new Set(['system.posix_acl_access', 'system.posix_acl_default']);

/**
 * Gives an open file or folder its attributes back: those of users, and access lists. Others could give a program
 * rights (`security.capability`), so they never come out of an archive; `stripped` hears of them.
 */
export function giveAttributes(
  fd: number,
  { path, attributes }: Pick<EntryHead, 'path' | 'attributes'>,
  stripped: NameCount,
): void {
  for (const [name, value] of attributes) {
    if (!name.startsWith('user.') && !accessLists.has(name)) {
      stripped.add(path, `the attribute ${name}`);
      continue;
    }
    try {
      writeAttribute(fd, name, value);
    } catch (failure) {
      const code = errnoOf(failure) ?? String(failure);
      stripped.add(path, `the attribute ${name} (${code})`); // this file system may keep none, or no more
    }
  }
}
