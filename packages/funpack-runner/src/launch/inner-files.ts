import {
  closeSync, constants, fchmodSync, fchownSync, fstatSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync,
  rmSync, writeFileSync, type Stats,
} from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { bytesOf, OpenFolder, textOf } from '../kernel/open-folder.js';

/** As many links as the kernel follows on one way. */
const mostLinks = 40;
/** The largest file that is read whole, bytes. No configuration file is larger. */
const mostBytes = 16 * 1024 * 1024;

/** A name in a folder that is held open. */
interface Place {
  readonly folder: OpenFolder;
  readonly name: string;
  readonly stats: Stats | undefined;
}

/**
 * A folder in which files are read and written by their paths, and nowhere else. Links inside it are followed here, one
 * part after another, each in a folder that is held open. So a game that swaps a folder for a link wins nothing, and
 * no link leads out.
 */
export class InnerFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = realpathSync(root);
  }

  /** The text of a file. Undefined if it is not there. */
  read(path: string): string | undefined {
    return this.#at(path, { makes: false, follows: true }, ({ folder, name, stats }) => {
      if (!stats) return undefined;
      const fd = openSync(folder.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        assertReadable(path, fstatSync(fd), fstatSync(folder.fd));
        return readFileSync(fd, 'utf8');
      } finally {
        closeSync(fd);
      }
    });
  }

  /**
   * Writes a file beside its place and renames it, so that a reader sees the old file or the new one. A new file has
   * mode 0600, because settings may hold passwords. `keeps` follows a link at the end of the path, and gives the new
   * file the mode and the owner of the old one; otherwise a link is replaced.
   */
  write(path: string, text: string, options: { readonly keeps?: boolean } = {}): void {
    const keeps = options.keeps === true;
    this.#at(path, { makes: true, follows: keeps }, ({ folder, name, stats }) => {
      const beside = folder.path(`${name}.${process.pid}.new`);
      try {
        rmSync(beside, { force: true }); // a process that was killed may have left it
        const fd = openSync(beside, 'wx', 0o600);
        try {
          writeFileSync(fd, text);
          if (keeps && stats?.isFile()) likeBefore(fd, stats);
          else likeFolder(fd, folder.fd);
        } finally {
          closeSync(fd);
        }
        renameSync(beside, folder.path(name));
      } catch (failure) {
        rmSync(beside, { force: true });
        throw failure;
      }
    });
  }

  /** Goes to the path's folder, and has `use` work there. Undefined if a folder is missing and is not to be made. */
  #at<T>(path: string, how: Way, use: (place: Place) => T): T | undefined {
    const walk = new InnerWalk(this.#root, path, how);
    try {
      const place = walk.end();
      return place && use(place);
    } finally {
      walk.close();
    }
  }
}

interface Way {
  /** Folders that are missing are made. */
  readonly makes: boolean;
  /** A link at the end is followed too. */
  readonly follows: boolean;
}

class InnerWalk {
  readonly #folders: OpenFolder[];
  #parts: string[];
  #links = 0;

  constructor(
    private readonly root: string,
    private readonly path: string,
    private readonly how: Way,
  ) {
    this.#folders = [OpenFolder.at(root)];
    this.#parts = partsOf(bytesOf(path));
  }

  end(): Place | undefined {
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      const isLast = this.#parts.length === 0;
      if (part === '..') {
        this.#up();
        continue;
      }
      const stats = this.#here.stat(part);
      if (stats?.isSymbolicLink() && (!isLast || this.how.follows)) this.#follow(this.#here.readLink(part));
      else if (isLast) return { folder: this.#here, name: part, stats };
      else if (!this.#down(part, stats)) return undefined;
    }
    throw this.#refusal('is a folder');
  }

  close(): void {
    for (const folder of this.#folders) folder.close();
  }

  get #here(): OpenFolder {
    const folder = this.#folders.at(-1);
    if (!folder) throw this.#refusal('has no folder'); // the root is always there
    return folder;
  }

  #down(part: string, stats: Stats | undefined): boolean {
    if (!stats && !this.how.makes) return false;
    if (!stats) mkdirSync(this.#here.path(part));
    const folder = this.#here.folder(part);
    if (!stats) likeFolder(folder.fd, this.#here.fd);
    this.#folders.push(folder);
    return true;
  }

  #up(): void {
    if (this.#folders.length === 1) throw this.#refusal('is led out of working/ by a link');
    this.#folders.pop()?.close();
  }

  #follow(target: string): void {
    this.#links += 1;
    if (this.#links > mostLinks) throw this.#refusal('goes through too many links');
    if (target.startsWith('/')) {
      const root = `${bytesOf(this.root)}/`;
      if (!target.startsWith(root)) throw this.#refusal('is led out of working/ by a link');
      while (this.#folders.length > 1) this.#folders.pop()?.close();
      this.#parts.unshift(...partsOf(target.slice(root.length)));
    } else {
      this.#parts.unshift(...partsOf(target));
    }
  }

  #refusal(problem: string): PinkyError {
    return new PinkyError('bad_funpack', `files: ${textOf(bytesOf(this.path))} ${problem}`);
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** A game may have put a FIFO, or another name of somebody else's file, in the place of its own. */
function assertReadable(path: string, stats: Stats, folder: Stats): void {
  const problem = !stats.isFile()
    ? 'is not a file'
    : stats.nlink > 1 && stats.uid !== folder.uid
      ? 'is another name of a file that belongs to somebody else'
      : stats.size > mostBytes
        ? 'is larger than 16 MiB'
        : undefined;
  if (problem !== undefined) throw new PinkyError('bad_funpack', `files: ${path} ${problem}`);
}

/** A game with a user of its own must be able to read and change what root has made for it. */
function likeFolder(fd: number, folder: number): void {
  const { uid, gid } = fstatSync(folder);
  if (process.getuid?.() === 0 && fstatSync(fd).uid !== uid) fchownSync(fd, uid, gid);
}

function likeBefore(fd: number, { mode, uid, gid }: Stats): void {
  const now = fstatSync(fd);
  if (now.uid !== uid || now.gid !== gid) fchownSync(fd, uid, gid);
  fchmodSync(fd, mode & 0o777);
}
