import {
  closeSync,
  constants,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  opendirSync,
  type BigIntStats,
} from 'node:fs';
import { errnoOf, parkedWorlds, PinkyError, serverPaths, type BoxConfig, type ParkedWorld } from '@pinky/protocol';

export const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Entries of a folder that are read at most. */
const mostEntries = 20_000;
/** Deeper than any game's files. */
const mostParts = 64;

/** One thing in a folder. A link is shown as one, and never followed. */
export interface FolderEntry {
  readonly name: string;
  readonly stats: BigIntStats;
}

/**
 * The folder with the files of a server, held open. Everything in it is reached from one open folder to the next, never
 * by a path: so a game that puts a link in the place of a folder leads nobody out of its own.
 */
export class ServerFolder {
  private constructor(private readonly fd: number, private readonly above: readonly number[] = []) {}

  /** The world of a server that runs, or the one that its last stop set aside. Throws `not_found` if there is none. */
  static of({ servers }: BoxConfig, serverId: string): ServerFolder {
    const parked = currentPark(servers, serverId)?.path;
    for (const path of [serverPaths(servers, serverId).working, ...(parked === undefined ? [] : [parked])]) {
      try {
        return new ServerFolder(openSync(path, folderFlags));
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    throw new PinkyError('not_found', `server ${serverId} has no files on this box: start it once`);
  }

  /** A folder in this one. Throws `not_found` also for a link. Closing it closes this one too. */
  folder(parts: readonly string[]): ServerFolder {
    let fd = this.fd;
    const opened = [...this.above];
    try {
      for (const part of parts) {
        const inner = openSync(`/proc/self/fd/${fd}/${part}`, folderFlags);
        opened.push(fd);
        fd = inner;
      }
    } catch (cause) {
      for (const each of [...opened, fd]) closeSync(each);
      throw absent(cause, parts);
    }
    return new ServerFolder(fd, opened);
  }

  /** A folder in this one, which stays open too. Throws `not_found` also for a link. */
  inner(name: string): ServerFolder {
    try {
      return new ServerFolder(openSync(this.path(name), folderFlags));
    } catch (cause) {
      throw absent(cause, [name]);
    }
  }

  /** The user of the folder, if that is one of the game's own: nothing that is made in it may be another's. */
  get owner(): { readonly uid: number; readonly gid: number } | undefined {
    const { uid, gid } = fstatSync(this.fd);
    return process.geteuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
  }

  /** Tells this folder from one that has taken its place. */
  get identity(): string {
    const { dev, ino } = fstatSync(this.fd, { bigint: true });
    return `${dev}:${ino}`;
  }

  /** Gives a thing that was made in it to its user. */
  give(name: string): void {
    const { owner } = this;
    if (owner) lchownSync(this.path(name), owner.uid, owner.gid);
  }

  /** A path for another process of ours, as long as this folder is open. It ends with a dot, which is no link. */
  get outsidePath(): string {
    return `/proc/${process.pid}/fd/${this.fd}/.`;
  }

  /** A path for calls of the system, which goes on from this very folder. Its last part must not be followed. */
  path(name: string): string {
    return `/proc/self/fd/${this.fd}/${name}`;
  }

  stat(name: string): BigIntStats | undefined {
    return lstatSync(this.path(name), { bigint: true, throwIfNoEntry: false });
  }

  /** Opens a file that is one. Throws `not_found` for a link, a folder and everything else. */
  openFile(name: string): number {
    if (this.stat(name)?.isFile() !== true) throw new PinkyError('not_found', `there is no file ${name}`);
    try {
      return openSync(this.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (cause) {
      throw absent(cause, [name]);
    }
  }

  entries(): FolderEntry[] {
    const folder = opendirSync(`/proc/self/fd/${this.fd}`, { bufferSize: 256 });
    const found: FolderEntry[] = [];
    try {
      for (let entry = folder.readSync(); entry && found.length < mostEntries; entry = folder.readSync()) {
        const stats = this.stat(entry.name);
        if (stats) found.push({ name: entry.name, stats });
      }
    } finally {
      folder.closeSync();
    }
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  close(): void {
    for (const fd of [...this.above, this.fd]) closeSync(fd);
  }
}

/** The world with which the next start goes on, if one is set aside. */
export const currentPark = (servers: string, serverId: string): ParkedWorld | undefined =>
  parkedWorlds(servers, serverId).findLast(({ record }) => !record?.isUnused);

/** The parts of a path inside a server's folder. Throws `bad_request` for one that leads out, or names nothing. */
export function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const isBad = (part: string): boolean => part === '.' || part === '..' || part.includes('\0') || part.length > 255;
  if (parts.some(isBad) || parts.length > mostParts) {
    throw new PinkyError('bad_request', 'a path must stay in the folder of the server', { details: { field: 'path' } });
  }
  return parts;
}

const isAbsent = (failure: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(failure) ?? '');

const absent = (cause: unknown, parts: readonly string[]): unknown =>
  (isAbsent(cause) ? new PinkyError('not_found', `there is no ${parts.join('/')}`, { cause }) : cause);
