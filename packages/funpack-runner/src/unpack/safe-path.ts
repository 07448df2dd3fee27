import { PinkyError } from '@pinky/protocol';
import { textOf } from '../kernel/open-folder.js';

/** A name in an archive, for people: its bytes as text, cut where it is long. */
export const quoted = (path: string): string => JSON.stringify(textOf(path).slice(0, 200));

export const unsafe = (path: string, problem: string): PinkyError =>
  new PinkyError('unsafe_archive', `the archive holds ${quoted(path)}, which ${problem}`);

/** The parts of an entry's path below the target. None for the target itself. Throws `unsafe_archive`. */
export function safeParts(path: string): readonly string[] {
  if (path.startsWith('/')) throw unsafe(path, 'is an absolute path');
  if (path.includes('\0')) throw unsafe(path, 'holds a NUL character');
  const parts = partsOf(path);
  if (parts.includes('..')) throw unsafe(path, 'leads out with ..');
  return parts;
}

export const partsOf = (path: string): readonly string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * Whether a symbolic link stays below the root, whatever links it passes through. It may climb no higher than its own
 * folder is deep, and only at its beginning: a `..` after a name would climb from wherever that name leads.
 */
export function isInnerLink(linkParts: readonly string[], target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = partsOf(target);
  const climbs = parts.findIndex((part) => part !== '..');
  const upwards = climbs < 0 ? parts.length : climbs;
  return upwards < linkParts.length && !parts.slice(upwards).includes('..');
}
