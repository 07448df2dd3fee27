import { PinkyError } from '@pinky/protocol';

const unsafe = (path: string, problem: string): PinkyError =>
  new PinkyError('unsafe_archive', `the archive holds ${JSON.stringify(path.slice(0, 200))}, which ${problem}`);

/** The parts of an entry's path below the target. None for the target itself. Throws `unsafe_archive`. */
export function safeParts(path: string): readonly string[] {
  if (path.startsWith('/')) throw unsafe(path, 'is an absolute path');
  if (path.includes('\0')) throw unsafe(path, 'holds a NUL character');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw unsafe(path, 'leads out with ..');
  return parts;
}

/**
 * Whether a symbolic link stays below the root, whatever links it passes through. It may climb no higher than its own
 * folder is deep, and only at its beginning: a `..` after a name would climb from wherever that name leads.
 */
export function isInnerLink(linkParts: readonly string[], target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const upwards = climbs < 0 ? parts.length : climbs;
  return upwards < linkParts.length && !parts.slice(upwards).includes('..');
}

/** Refuses entries that would leave the target. It knows the links that the archive has made so far. */
export class PathGuard {
  readonly #links = new Set<string>();

  /** The path below the target. Refuses a path through a link, which may lead anywhere later. */
  check(path: string): string {
    const parts = safeParts(path);
    for (let i = 1; i < parts.length; i++) {
      if (this.#links.has(parts.slice(0, i).join('/'))) throw unsafe(path, 'would be written through a link');
    }
    return parts.join('/');
  }

  /** A symbolic link is about to be made. */
  addLink(path: string, target: string): void {
    if (!isInnerLink(safeParts(path), target)) {
      throw unsafe(path, `is a link that leaves the archive (to ${JSON.stringify(target.slice(0, 200))})`);
    }
    this.#links.add(safeParts(path).join('/'));
  }

  isLink(path: string): boolean {
    return this.#links.has(path);
  }

  /** Another entry takes the link's place. */
  removed(path: string): void {
    this.#links.delete(path);
  }

  refuse(path: string, problem: string): never {
    throw unsafe(path, problem);
  }
}
