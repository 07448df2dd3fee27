import { errnoOf, messageOf, namesIn } from '@pinky/protocol';
import {
  constants,
  copyFileSync,
  createReadStream,
  linkSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  type Stats,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sizeOf } from './aof-files.js';

/** Ends the name of the copy of a file as it was before it was mended. There is one such copy. */
const copySuffix = '.damaged';

/** The copy of this file is here, beside the folder of Redis's files. */
export const copyOf = (file: string, redisDir: string): string => join(redisDir, `${basename(file)}${copySuffix}`);

/** The disk has no room for what has to be written. It names the folder, the bytes needed and the bytes free. */
export class NoRoom extends Error {
  readonly remedy: string;

  constructor(words: string, folder: string, bytes: number, cause: unknown) {
    const free = freeBytes(folder);
    super(`${words}: ${folder} needs ${bytes} bytes free, and has ${free ?? 'an unknown number'}`, { cause });
    this.remedy =
      `free ${Math.max(bytes - (free ?? 0), 1)} bytes on the disk of ${folder}, and what Redis will write. Then it ` +
      'is mended by itself, within half a minute';
  }
}

/** Passes an error of `work` on; one of a full disk, or of a used up quota, as `NoRoom`. */
export async function withRoom<T>(
  { folder, bytes, words }: { readonly folder: string; readonly bytes: number; readonly words: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NoRoom) throw error;
    if (['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw new NoRoom(words, folder, bytes, error);
    throw new Error(`${words}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Copies a file that is about to be changed in its place, and removes the copies of earlier times. A copy of exactly
 * this file that is there already is used again: an earlier attempt has made it. Rejects with `NoRoom` on a full disk.
 */
export async function keepCopy(file: string, redisDir: string): Promise<string> {
  const copy = copyOf(file, redisDir);
  const words = `${file} is damaged, and no copy of it could be made`;
  const room = { folder: redisDir, bytes: sizeOf(file) ?? 0, words };
  if (isOneFile(copy, file) || !(await areEqual(copy, file))) await withRoom(room, () => copyTo(file, copy));
  forgetOthers(copy, redisDir);
  return copy;
}

/**
 * Gives a file that is about to be replaced the name of its copy too, which takes no room. Where the file system has
 * no second names, it is copied.
 */
export async function keepAsCopy(file: string, redisDir: string): Promise<string> {
  const copy = copyOf(file, redisDir);
  if (isOneFile(copy, file)) return copy;
  const part = `${copy}.part`;
  try {
    rmSync(part, { force: true });
    linkSync(file, part);
  } catch {
    return keepCopy(file, redisDir); // it says what is wrong, if a copy cannot be made either
  }
  renameOver(part, copy);
  await sync(dirname(copy));
  forgetOthers(copy, redisDir);
  return copy;
}

async function copyTo(file: string, copy: string): Promise<void> {
  const part = `${copy}.part`;
  rmSync(part, { force: true }); // it may be a second name of the file, if the machine went down then
  try {
    copyFileSync(file, part, constants.COPYFILE_FICLONE);
    await sync(part);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  renameOver(part, copy);
  await sync(dirname(copy));
}

function renameOver(part: string, copy: string): void {
  try {
    renameSync(part, copy);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function forgetOthers(copy: string, redisDir: string): void {
  for (const name of namesIn(redisDir)) {
    if (name.endsWith(copySuffix) && name !== basename(copy)) rmSync(join(redisDir, name), { force: true });
  }
}

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

/** Whether two names are those of one file: what changes the one changes the other. */
function isOneFile(one: string, other: string): boolean {
  const [a, b] = [statOf(one), statOf(other)];
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

/** Whether two files have the same bytes. */
async function areEqual(one: string, other: string): Promise<boolean> {
  const [a, b] = [statOf(one), statOf(other)];
  if (a?.isFile() !== true || a.size !== b?.size) return false;
  const stream = createReadStream(other);
  const others = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    // Both give chunks of one size, because their bytes are equally many.
    for await (const chunk of createReadStream(one) as AsyncIterable<Buffer>) {
      const { value } = (await others.next()) as { readonly value?: Buffer };
      if (value?.equals(chunk) !== true) return false;
    }
    return true;
  } finally {
    stream.destroy(); // where a byte differs, it is not at its end
  }
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined; // the folder is gone just now
  }
}

/** Has the kernel write a file, or the names in a folder, to the disk. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
