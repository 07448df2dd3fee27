import { closeSync, constants, lstatSync, opendirSync, openSync, readlinkSync, type Dirent, type Stats } from 'node:fs';
import { errnoOf } from '@pinky/protocol';

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const mostSorted = 20_000;
const isAscii = /^[\x00-\x7f]*$/;

/**
 * A folder that is held open. Everything in it is reached through its descriptor, so nobody can put another folder, or
 * a link, in the place of one that was looked at before. Names are bytes, one character (`latin1`) for each.
 */
export class OpenFolder {
  readonly #prefix: string;

  /** Opens a folder by its path. Its last part may be no link. */
  static at(path: string | Buffer): OpenFolder {
    return new OpenFolder(openSync(path, folderFlags));
  }

  private constructor(readonly fd: number) {
    this.#prefix = `/proc/self/fd/${fd}/`;
  }

  /** A path for Node's own calls: the kernel goes on from the descriptor, whatever has become of the folder's path. */
  path(name: string): string | Buffer {
    const path = this.#prefix + name;
    return isAscii.test(name) ? path : Buffer.from(path, 'latin1'); // text costs less than bytes
  }

  /** Opens a folder in this one. Throws ENOTDIR or ELOOP if it is a link. */
  folder(name: string): OpenFolder {
    return new OpenFolder(openSync(this.path(name), folderFlags));
  }

  /**
   * The names in it, in the order of the bytes of the names. More than `mostSorted` come as the file system has them,
   * and not all at once: a million names would take 200 MB.
   */
  *entries(): Generator<Dirent> {
    const folder = opendirSync(this.#prefix, { encoding: 'latin1', bufferSize: 256 });
    let isOpen = true;
    const next = (): Dirent | null => {
      const entry = folder.readSync();
      if (entry) return entry;
      folder.closeSync(); // at once: others are opened while these are used
      isOpen = false;
      return null;
    };
    try {
      const first: Dirent[] = [];
      for (let entry = next(); entry; entry = first.length < mostSorted ? next() : null) first.push(entry);
      yield* first.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (let entry = isOpen ? next() : null; entry; entry = next()) yield entry;
    } finally {
      if (isOpen) folder.closeSync();
    }
  }

  /** The thing that has that name. A link is not followed. */
  stat(name: string): Stats | undefined {
    return lstatSync(this.path(name), { throwIfNoEntry: false });
  }

  readLink(name: string): string {
    return readlinkSync(this.path(name), 'latin1');
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Text as bytes, one character for each. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
/** Bytes as text for people. A byte that is not UTF-8 is shown as U+FFFD. */
export const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** Something was removed, or another thing took its place, after its folder was read. */
export const isGone = (failure: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EINVAL'].includes(errnoOf(failure) ?? '');
