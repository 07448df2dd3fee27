import { closeSync, constants, fchmodSync, ftruncateSync, linkSync, symlinkSync, unlinkSync } from 'node:fs';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { bytesOf, type OpenFolder } from '../kernel/open-folder.js';
import { setLinkTime, setTime } from '../kernel/times.js';
import type { EntryHead, TarEntry } from '../tar/tar-entry.js';
import { badTar } from '../tar/tar-header.js';
import { FolderCursor } from './folder-cursor.js';
import { resolveInside } from './link-target.js';
import type { UnpackLimits } from './limits.js';
import { NameCount, type NamedPaths } from '../archive/name-count.js';
import { quoted, isInnerLink, safeParts, unsafe } from './safe-path.js';
import { giveAttributes } from './give-attributes.js';
import { Pace } from '../archive/pace.js';
import type { UnpackOptions } from './unpack-options.js';
import { writeContent, writesWhole } from './write-content.js';

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** The latest time that is written, nanoseconds: the year 2242. A later one comes from damage. */
const maxTimeNs = 2n ** 33n * 1_000_000_000n;

/** The attributes that a folder gets at the end. */
type FolderHead = Pick<EntryHead, 'path' | 'mode' | 'mtimeNs' | 'attributes'>;
type Options = Pick<UnpackOptions, 'rights' | 'signal' | 'onBytes'> & { readonly linkRoot: string };

/**
 * Makes the entries of an archive below an open folder. It works in this thread: a promise for each call of the kernel
 * takes ten times as long as the call.
 */
export class Unpacker {
  files = 0;
  readonly #cursor: FolderCursor;
  /** A second way down, to where hard links lead. */
  readonly #targets: FolderCursor;
  readonly #folders = new Map<string, FolderHead | undefined>();
  /** Links that are known to stay inside only when all links are there. */
  readonly #oddLinks: string[] = [];
  readonly #stripped = new NameCount();
  readonly #pace: Pace;
  #isFilled = false;
  readonly #umask = process.umask();

  constructor(private readonly root: OpenFolder, private readonly limits: UnpackLimits, private readonly own: Options) {
    this.#pace = new Pace(own.signal, 'unpacking was cancelled');
    const refuse = (path: string, isLink: boolean): never => {
      throw isLink ? unsafe(path, 'is a link, and would be written through') : notMade(path, 'ENOTDIR');
    };
    const onOpen = (): void => {
      if (!this.#isFilled) limits.steps();
    };
    this.#targets = new FolderCursor(root, { refuse, onOpen });
    this.#cursor = new FolderCursor(root, {
      refuse,
      onOpen,
      onMake: (path) => {
        limits.folder();
        this.#folders.set(path, undefined);
      },
    });
  }

  get stripped(): NamedPaths | undefined {
    return this.#stripped.paths;
  }

  async add(entry: TarEntry): Promise<void> {
    const turn = this.#pace.step();
    if (turn) await turn;
    const parts = safeParts(entry.path);
    this.limits.entry(entry);
    if (entry.type === 'special') throw unsafe(entry.path, 'is a device, a FIFO or the like');
    try {
      if (entry.type === 'directory') return this.#folder(parts, entry);
      const name = parts.at(-1);
      if (name === undefined) throw badTar('it holds a file without a name');
      const folder = this.#cursor.enter(parts.slice(0, -1));
      if (!folder) throw new Error('a folder was not made');
      if (entry.type === 'file') await this.#file(folder, name, entry);
      else if (entry.type === 'symlink') this.#symlink(folder, parts, entry);
      else this.#hardlink(folder, name, entry);
    } catch (failure) {
      throw readable(failure, entry.path);
    }
  }

  /** Gives the folders their rights and times, the inner ones first: one without the right to write stays as it is. */
  async finish(): Promise<void> {
    this.#isFilled = true;
    for (const path of this.#oddLinks) {
      await this.#pace.step();
      this.#assertInside(path);
    }
    for (const [path, entry] of [...this.#folders].sort(([a], [b]) => (a < b ? 1 : -1))) {
      await this.#pace.step();
      const folder = this.#cursor.enter(path.split('/'), false);
      if (folder) this.#finishFolder(folder, path, entry);
    }
  }

  close(): void {
    this.#cursor.close();
    this.#targets.close();
  }

  #finishFolder({ fd }: OpenFolder, path: string, entry: FolderHead | undefined): void {
    const { rights } = this.own;
    if (entry && rights === 'exact') giveAttributes(fd, entry, this.#stripped);
    const unlisted = rights === 'shared' ? 0o555 : 0o777 & ~this.#umask;
    fchmodSync(fd, this.#rightsOf(path, entry?.mode ?? unlisted, 0o7));
    if (entry) setTime(fd, timeOf(entry));
  }

  #folder(parts: readonly string[], entry: TarEntry): void {
    const { mode, mtimeNs, attributes } = entry;
    this.#cursor.enter(parts);
    const path = parts.join('/');
    // only what is needed at the end, since there may be a million of them
    if (path !== '') this.#folders.set(path, { path, mode, mtimeNs, attributes });
  }

  async #file(folder: OpenFolder, name: string, entry: TarEntry): Promise<void> {
    const rights = this.#rightsOf(entry.path, entry.mode, 0o6);
    const fd = this.#anew(folder, name, () => folder.openAt(name, newFile, rights & 0o700));
    try {
      if (!writesWhole(fd, entry)) await writeContent(fd, entry, this.#pace);
      if (entry.ranges) ftruncateSync(fd, entry.size);
      if (this.own.rights === 'exact') giveAttributes(fd, entry, this.#stripped);
      fchmodSync(fd, rights);
      setTime(fd, timeOf(entry));
    } finally {
      closeSync(fd);
    }
    this.files += 1;
    this.own.onBytes?.(this.limits.bytes);
  }

  /** `least` is what the owner can do in any case: 6 with a file, 7 with a folder. */
  #rightsOf(path: string, mode: number, least: 0o6 | 0o7): number {
    const { rights } = this.own;
    if ((mode & 0o6000) !== 0 && rights === 'exact') this.#stripped.add(path, 'set-user-id or set-group-id');
    if (rights === 'exact') return mode & 0o777;
    return rights === 'shared' ? (mode & 0o555) | ((least << 6) & 0o555) : (mode & 0o777) | (least << 6);
  }

  #symlink(folder: OpenFolder, parts: readonly string[], entry: TarEntry): void {
    const linkname = this.#movedLink(entry);
    if (!isInnerLink(parts, linkname)) {
      if (linkname === '' || linkname.includes('\0')) throw badTar('a link leads nowhere');
      this.#oddLinks.push(parts.join('/'));
    }
    const name = parts.at(-1) ?? '';
    this.#anew(folder, name, () => symlinkSync(Buffer.from(linkname, 'latin1'), folder.path(name)));
    setLinkTime(folder.fd, name, timeOf(entry));
  }

  /** An absolute link into the world leads into it in its new place too. */
  #movedLink({ linkname, linkRoot }: TarEntry): string {
    const now = bytesOf(this.own.linkRoot);
    const isInside = linkRoot !== undefined && (linkname === linkRoot || linkname.startsWith(`${linkRoot}/`));
    return isInside ? now + linkname.slice(linkRoot.length) : linkname;
  }

  /** A link that climbs behind a name, or is absolute, may lead anywhere: now it is followed, without being opened. */
  #assertInside(path: string): void {
    const readLink = (parts: readonly string[]): string | undefined => {
      this.limits.steps();
      const folder = this.#cursor.enter(parts.slice(0, -1), false);
      const name = parts.at(-1) ?? '';
      return folder?.stat(name)?.isSymbolicLink() ? folder.readLink(name) : undefined;
    };
    const parts = path.split('/');
    const target = readLink(parts);
    if (target !== undefined && !resolveInside(parts, readLink, bytesOf(this.own.linkRoot))) {
      throw unsafe(path, `is a link that leaves the archive (to ${quoted(target)})`);
    }
  }

  /** A hard link leads to a file that the archive brought before. A link to a link could lead elsewhere. */
  #hardlink(folder: OpenFolder, name: string, entry: TarEntry): void {
    const parts = safeParts(entry.linkname);
    const from = this.#targets.enter(parts.slice(0, -1), false);
    const old = parts.at(-1) ?? '';
    if (!from?.stat(old)?.isFile()) {
      throw unsafe(entry.path, `is a hard link to ${quoted(entry.linkname)}, which is not a file of the archive`);
    }
    if (safeParts(entry.path).join('/') === parts.join('/')) return;
    this.#anew(folder, name, () => linkSync(from.path(old), folder.path(name)));
  }

  /**
   * Makes something of that name. An earlier entry, unless it is a folder, is removed first and never written through.
   */
  #anew<T>(folder: OpenFolder, name: string, make: () => T): T {
    try {
      return make();
    } catch (failure) {
      if (errnoOf(failure) !== 'EEXIST') throw failure;
      if (folder.stat(name)?.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
      unlinkSync(folder.path(name));
      return make();
    }
  }
}

const timeOf = ({ mtimeNs }: Pick<EntryHead, 'mtimeNs'>): bigint => {
  const least = -maxTimeNs;
  return mtimeNs > maxTimeNs ? maxTimeNs : mtimeNs < least ? least : mtimeNs;
};

/** An error that a name in the archive causes is the archive's fault. */
function readable(failure: unknown, path: string): unknown {
  const code = errnoOf(failure) ?? '';
  const itsFault = ['ENAMETOOLONG', 'ENOTDIR', 'EEXIST', 'EISDIR', 'EINVAL', 'EILSEQ', 'ELOOP', 'EFBIG', 'EPERM'];
  return itsFault.includes(code) ? notMade(path, code, failure) : failure;
}

const notMade = (path: string, code: string, cause?: unknown): PinkyError =>
  new PinkyError('bad_archive', `the archive holds ${quoted(path)}, which cannot be made (${code})`, { cause });
