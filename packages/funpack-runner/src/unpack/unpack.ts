import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { OpenFolder } from '../kernel/open-folder.js';
import { removeTree } from '../kernel/remove-tree.js';
import { archiveEntries } from '../tar/archive-entries.js';
import type { TarEntry } from '../tar/tar-entry.js';
import type { RandomAccess } from '../zip/directory.js';
import { readZip } from '../zip/zip-reader.js';
import { UnpackLimits } from './limits.js';
import { NameCount } from '../archive/name-count.js';
import type { Unpacked, UnpackOptions } from './unpack-options.js';
import { Unpacker } from './unpacker.js';

/**
 * Unpacks an archive into a new folder `dir`. Throws `bad_archive`, `unsafe_archive`, `archive_too_large`,
 * `over_quota`, `no_space` or `cancelled`. Then nothing of it is left.
 */
export const unpackInto = (dir: string, source: AsyncIterable<Buffer>, options: UnpackOptions): Promise<Unpacked> =>
  unpackEntries(dir, async (limits, skipped) => {
    if (options.file && (await isZip(options.file))) return readZip(options.file);
    const { codec, pool, signal, findKey } = options;
    return archiveEntries(source, {
      codec,
      pool,
      signal,
      findKey,
      onOverhead: (bytes) => limits.overhead(bytes),
      onSkipped: (path, kind) => skipped.add(path, `is of the unknown kind ${JSON.stringify(kind)}`),
    });
  }, options);

type EntrySource = (limits: UnpackLimits, skipped: NameCount) => Promise<AsyncIterable<TarEntry>>;

/** The same with entries from anywhere, such as from two archives. */
export async function unpackEntries(dir: string, source: EntrySource, options: UnpackOptions): Promise<Unpacked> {
  mkdirSync(dir);
  try {
    return await fill(dir, source, options);
  } catch (failure) {
    await removeTree(dir);
    throw errnoOf(failure) === 'ENOSPC' || errnoOf(failure) === 'EDQUOT'
      ? new PinkyError('no_space', `there is no space left while unpacking into ${dirname(dir)}`, { cause: failure })
      : failure;
  }
}

const isZip = async (file: RandomAccess): Promise<boolean> =>
  (await file.read(0, 4)).equals(Buffer.from('PK\x03\x04', 'latin1'));

async function fill(dir: string, source: EntrySource, options: UnpackOptions): Promise<Unpacked> {
  const root = OpenFolder.at(dir);
  const limits = new UnpackLimits(options.limits, options.archiveBytes, options.mostBytes);
  const unpacker = new Unpacker(root, limits, { ...options, linkRoot: options.linkRoot ?? dir });
  const skipped = new NameCount();
  try {
    for await (const entry of await source(limits, skipped)) await unpacker.add(entry);
    await unpacker.finish();
  } finally {
    unpacker.close();
    root.close();
  }
  return {
    files: unpacker.files,
    bytes: limits.bytes,
    ...(skipped.paths && { skipped: skipped.paths }),
    ...(unpacker.stripped && { stripped: unpacker.stripped }),
  };
}
