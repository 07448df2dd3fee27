import { chmod, link, lstat, mkdir, open, opendir, rename, rm, symlink } from 'node:fs/promises';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import type { BlockPool } from './block-pool.js';
import type { BlockCodec } from '../lzop/block-codec.js';
import type { ArchiveLimits } from '../task/tasks.js';
import { decode } from './decode.js';
import { UnpackLimits } from './limits.js';
import { PathGuard } from './safe-path.js';
import { writeAll } from './write-all.js';
import { readTar, type TarEntry } from './tar-reader.js';

export interface UnpackOptions {
  readonly limits: ArchiveLimits;
  /** Size of the archive, bytes. */
  readonly archiveBytes: number;
  readonly codec?: BlockCodec;
  /** Takes the source's chunks when they are used up. */
  readonly pool?: BlockPool;
  /** Takes away every right to write. Only the folder itself keeps it, so that it can be moved. Default false. */
  readonly readOnly?: boolean;
  readonly signal?: AbortSignal;
  /** Hears how many bytes of files are written. */
  readonly onBytes?: (bytes: number) => void;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Unpacks an archive into a new folder `dir`. Throws `bad_archive`, `unsafe_archive`, `archive_too_large`, `no_space`
 * or `cancelled`. Then nothing of it is left.
 */
export async function unpackInto(
  dir: string,
  source: AsyncIterable<Buffer>,
  options: UnpackOptions,
): Promise<Unpacked> {
  await mkdir(dir);
  try {
    const unpacker = new Unpacker(dir, options);
    const { tar, pool } = await decode(source, options.codec, options.pool);
    for await (const entry of readTar(tar, pool)) {
      if (options.signal?.aborted) throw new PinkyError('cancelled', 'unpacking was cancelled');
      await unpacker.add(entry);
    }
    await unpacker.finish();
    return { files: unpacker.files, bytes: unpacker.bytes };
  } catch (failure) {
    await removeTree(dir);
    throw errnoOf(failure) === 'ENOSPC' || errnoOf(failure) === 'EDQUOT'
      ? new PinkyError('no_space', `there is no space left while unpacking into ${dirname(dir)}`, { cause: failure })
      : failure;
  }
}

/** Removes a folder and everything in it, even folders without the right to write, as an unpacked funpack has them. */
export async function removeTree(dir: string): Promise<void> {
  try {
    await rm(dir, { recursive: true, force: true, maxRetries: 2 });
  } catch (failure) {
    if (errnoOf(failure) !== 'EACCES' && errnoOf(failure) !== 'EPERM') throw failure;
    await makeWritable(dir);
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeWritable(dir: string): Promise<void> {
  await chmod(dir, 0o700);
  for await (const entry of await opendir(dir)) if (entry.isDirectory()) await makeWritable(join(dir, entry.name));
}

/** Moves a whole folder to its place. Answers false where another process has put one there meanwhile. */
export async function moveIntoPlace(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (failure) {
    if (errnoOf(failure) !== 'ENOTEMPTY' && errnoOf(failure) !== 'EEXIST') throw failure;
    return false;
  }
}

/** Never a set-user-id, set-group-id or sticky bit. The owner can always read and, unless it is read-only, write. */
const fileMode = (mode: number, readOnly: boolean): number =>
  readOnly ? (mode & 0o555) | 0o400 : (mode & 0o777) | 0o600;
const directoryMode = (mode: number, readOnly: boolean): number =>
  readOnly ? (mode & 0o555) | 0o500 : (mode & 0o777) | 0o700;
/** The latest time that is written, seconds: the year 2242. A later one comes from damage. */
const maxTime = 2 ** 33;

class Unpacker {
  files = 0;
  readonly #guard = new PathGuard();
  readonly #limits: UnpackLimits;
  readonly #made = new Set<string>(['']);
  readonly #directoryModes = new Map<string, number>();
  readonly #umask = process.umask();

  constructor(private readonly root: string, private readonly options: UnpackOptions) {
    this.#limits = new UnpackLimits(options.limits, options.archiveBytes);
  }

  get bytes(): number {
    return this.#limits.bytes;
  }

  async add(entry: TarEntry): Promise<void> {
    const path = this.#guard.check(entry.path);
    this.#limits.entry(entry.size);
    if (entry.type === 'device') this.#guard.refuse(entry.path, 'is a device, a FIFO or the like');
    if (entry.type === 'directory') return this.#directory(path, entry);
    if (path === '') throw new PinkyError('bad_archive', 'the archive holds a file without a name');
    await this.#makeParents(path);
    if (entry.type === 'file') await this.#file(path, entry);
    else if (entry.type === 'symlink') await this.#symlink(path, entry);
    else await this.#hardlink(path, entry);
  }

  /** Sets the modes of folders at the end: a folder without the right to write could not be filled. */
  async finish(): Promise<void> {
    const { readOnly = false } = this.options;
    const unlisted = readOnly
      ? [...this.#made].filter((path) => path !== '').map((path) => [path, 0o555] as const)
      : [];
    for (const [path, mode] of new Map([...unlisted, ...this.#directoryModes]))
      await chmod(join(this.root, path), directoryMode(mode, readOnly));
  }

  async #directory(path: string, entry: TarEntry): Promise<void> {
    await this.#makeParents(path);
    if (this.#guard.isLink(path)) this.#guard.refuse(entry.path, 'would be written through a link');
    await this.#makeDirectory(path);
    if (path !== '') this.#directoryModes.set(path, entry.mode);
  }

  async #makeParents(path: string): Promise<void> {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    if (this.#made.has(parent)) return;
    await this.#makeParents(parent);
    await this.#makeDirectory(parent);
  }

  async #makeDirectory(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    try {
      await mkdir(join(this.root, path));
    } catch (failure) {
      throw readable(failure, path);
    }
    this.#made.add(path);
  }

  async #file(path: string, entry: TarEntry): Promise<void> {
    const mode = fileMode(entry.mode, this.options.readOnly ?? false);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const handle = await this.#anew(path, () => open(join(this.root, path), flags, mode));
    try {
      for await (const chunk of entry.content) {
        await writeAll(handle, chunk);
        if (this.options.signal?.aborted) throw new PinkyError('cancelled', 'unpacking was cancelled');
      }
      if ((mode & ~this.#umask) !== mode) await handle.chmod(mode);
      const time = Math.max(0, Math.min(entry.mtime, maxTime));
      await handle.utimes(time, time);
    } finally {
      await handle.close();
    }
    this.files += 1;
    this.options.onBytes?.(this.bytes);
  }

  async #symlink(path: string, entry: TarEntry): Promise<void> {
    await this.#anew(path, async () => {
      this.#guard.addLink(path, entry.linkname);
      await symlink(entry.linkname, join(this.root, path));
    });
  }

  /** A hard link leads to a file that the archive brought before. A link to a link could lead elsewhere. */
  async #hardlink(path: string, entry: TarEntry): Promise<void> {
    const target = join(this.root, this.#guard.check(entry.linkname));
    const stats = await lstat(target).catch(() => undefined);
    if (!stats?.isFile()) {
      this.#guard.refuse(
        entry.path,
        `is a hard link to ${JSON.stringify(entry.linkname.slice(0, 200))}, which is no file of the archive`,
      );
    }
    if (target !== join(this.root, path)) await this.#anew(path, () => link(target, join(this.root, path)));
  }

  /**
   * Makes something at `path`. An earlier entry of that name, unless it is a folder, is removed first and never written
   * through.
   */
  async #anew<T>(path: string, make: () => Promise<T>): Promise<T> {
    try {
      if (this.#guard.isLink(path)) throw Object.assign(new Error(), { code: 'EEXIST' });
      return await make();
    } catch (failure) {
      if (errnoOf(failure) !== 'EEXIST') throw readable(failure, path);
      await rm(join(this.root, path)).catch((cause: unknown) => { throw readable(cause, path); });
      this.#guard.removed(path);
      return await make();
    }
  }
}

/** An error that a name in the archive causes is the archive's fault. */
function readable(failure: unknown, path: string): unknown {
  const code = errnoOf(failure) ?? '';
  if (!['ENAMETOOLONG', 'ENOTDIR', 'EEXIST', 'ERR_FS_EISDIR', 'EISDIR', 'EINVAL', 'EILSEQ', 'ELOOP'].includes(code)) {
    return failure;
  }
  return new PinkyError(
    'bad_archive',
    `the archive holds ${JSON.stringify(path.slice(0, 200))}, which cannot be made (${code})`,
    { cause: failure },
  );
}
