import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { writeAll } from '../archive/write-all.js';
import { syncFolder } from '../backup/publish.js';
import type { FileToSend } from '../s3/multipart.js';
import { storeAddress } from './store-address.js';
import type { Store, StoredFile, StoredObject } from './store.js';

const blockBytes = 1024 * 1024;

/**
 * This file lies in each folder that is a store. Where another disk is to be mounted and is not, it is missing: what
 * was copied there then would lie below the mount point, hidden as soon as the disk is back.
 */
export const storeMarker = '.pinky-store';

/** A folder: another disk, or a share of another machine. */
export class DirectoryStore implements Store {
  readonly url: string;

  constructor(private readonly dir: string, private readonly signal: AbortSignal) {
    this.url = storeAddress(dir);
  }

  /** The folder itself is never made: it may be a mount point, or below one. */
  claim(isKnown: boolean): Promise<void> {
    return this.#told(async () => {
      if (!(await isThere(this.dir))) {
        throw this.#unfit(`the folder is not there; mount its disk, or make the folder: mkdir -p ${this.dir}`);
      }
      if (!isKnown) await (await open(join(this.dir, storeMarker), 'a', 0o600)).close();
      await this.#assertMarked();
    });
  }

  stat(name: string): Promise<StoredFile | undefined> {
    return this.#told(async () => {
      await this.#assertMarked();
      return ifThere(stat(join(this.dir, name)).then(({ size }) => ({ size })));
    });
  }

  read(name: string): Promise<Buffer | undefined> {
    return this.#told(() => ifThere(readFile(join(this.dir, name))));
  }

  /** Written beside its place, and given its name when it is on the disk. */
  send(name: string, file: FileToSend): Promise<void> {
    return this.#told(async () => {
      await this.#assertMarked();
      const path = join(this.dir, name);
      const beside = `${path}.${process.pid}.tmp`;
      await mkdir(dirname(path), { recursive: true });
      try {
        await this.#copy(file, beside);
        await rename(beside, path);
      } finally {
        await rm(beside, { force: true });
      }
      syncFolder(dirname(path));
    });
  }

  list(folder: string): Promise<readonly StoredObject[]> {
    return this.#told(async () => {
      const found: StoredObject[] = [];
      for (const entry of await entriesBelow(join(this.dir, folder))) {
        if (!entry.isFile() || entry.name.endsWith('.tmp')) continue;
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = await stat(path);
        found.push({ name: relative(this.dir, path), size, modifiedAt: mtimeMs });
      }
      return found;
    });
  }

  remove(name: string): Promise<void> {
    return this.#told(() => rm(join(this.dir, name), { force: true }));
  }

  async #copy({ path, size, sha256, onSent }: FileToSend, to: string): Promise<void> {
    await this.#assertRoom(size);
    const hash = createHash('sha256');
    const [from, target] = [await open(path, 'r'), await open(to, 'w', 0o600)];
    try {
      const block = Buffer.alloc(blockBytes);
      for (let at = 0; ;) {
        if (this.signal.aborted) throw new PinkyError('cancelled', 'copying to the store was cancelled');
        const { bytesRead } = await from.read(block, 0, block.length, at);
        if (bytesRead === 0) break;
        hash.update(block.subarray(0, bytesRead));
        await writeAll(target, block.subarray(0, bytesRead), at);
        at += bytesRead;
        onSent?.(at);
      }
      await target.sync();
    } finally {
      await Promise.all([from.close(), target.close()]);
    }
    const actual = hash.digest('hex');
    if (actual === sha256) return;
    throw new PinkyError('checksum_mismatch', `${path}: its SHA-256 is ${actual}, not ${sha256}`);
  }

  /** A full disk is not filled anew by each archive that is tried. Some shares do not say how large they are. */
  async #assertRoom(size: number): Promise<void> {
    const { bavail, blocks, bsize } = await statfs(this.dir);
    if (blocks > 0 && bavail * bsize < size) throw this.#unfit(`there are ${bavail * bsize} bytes free, not ${size}`);
  }

  async #assertMarked(): Promise<void> {
    const marker = join(this.dir, storeMarker);
    if (await isThere(marker)) return;
    throw this.#unfit(
      `it has no file ${storeMarker}, so it is not the folder that this box copied to before; mount its disk, or, if ` +
        `this is a new place for copies: touch ${marker}`,
    );
  }

  #unfit(what: string): PinkyError {
    return new PinkyError('store_failed', `the store ${this.dir}: ${what}`);
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (failure) {
      if (failure instanceof PinkyError) throw failure;
      throw new PinkyError('store_failed', `the store ${this.dir}: ${messageOf(failure)}`, { cause: failure });
    }
  }
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    throw failure;
  }
}

const isThere = async (path: string): Promise<boolean> => (await ifThere(stat(path))) !== undefined;

const entriesBelow = async (dir: string): Promise<readonly Dirent[]> =>
  (await ifThere(readdir(dir, { recursive: true, withFileTypes: true }))) ?? [];
