import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { OpenFolder } from '../kernel/open-folder.js';
import { removeTree } from '../kernel/remove-tree.js';
import type { TarEntry } from '../tar/tar-entry.js';
import { readTar } from '../tar/tar-reader.js';
import type { RandomAccess } from '../zip/directory.js';
import { readZip } from '../zip/zip-reader.js';
import { decode } from '../archive/decode.js';
import { UnpackLimits } from './limits.js';
import { NameCount } from '../archive/name-count.js';
import type { Unpacked, UnpackOptions } from './unpack-options.js';
import { Unpacker } from './unpacker.js';

/**
 * Unpacks an archive into a new folder `dir`. Throws `bad_archive`, `unsafe_archive`, `archive_too_large`, `no_space`
 * or `cancelled`. Then nothing of it is left.
 */
export async function unpackInto(
  dir: string,
  source: AsyncIterable<Buffer>,
  options: UnpackOptions,
): Promise<Unpacked> {
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

async function tarEntries(
  source: AsyncIterable<Buffer>,
  limits: UnpackLimits,
  skipped: NameCount,
  { codec, pool: ownPool, signal, findKey }: UnpackOptions,
): Promise<AsyncIterable<TarEntry>> {
  const { tar, pool, isChecked } = await decode(source, codec, ownPool, findKey);
  return readTar(untilAborted(tar, signal), {
    pool,
    isChecked,
    onOverhead: (bytes) => limits.overhead(bytes),
    onSkipped: (path, kind) => skipped.add(path, `is of the unknown kind ${JSON.stringify(kind)}`),
  });
}

const isZip = async (file: RandomAccess): Promise<boolean> =>
  (await file.read(0, 4)).equals(Buffer.from('PK\x03\x04', 'latin1'));

/** A reader always reads, so this is where it hears that it is to end. */
async function* untilAborted(tar: AsyncIterable<Buffer>, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of tar) {
    if (signal?.aborted) throw new PinkyError('cancelled', 'unpacking was cancelled');
    yield chunk;
  }
}

async function fill(dir: string, source: AsyncIterable<Buffer>, options: UnpackOptions): Promise<Unpacked> {
  const root = OpenFolder.at(dir);
  const limits = new UnpackLimits(options.limits, options.archiveBytes);
  const unpacker = new Unpacker(root, limits, { ...options, linkRoot: options.linkRoot ?? dir });
  const skipped = new NameCount();
  try {
    const entries = options.file && (await isZip(options.file))
      ? readZip(options.file)
      : await tarEntries(source, limits, skipped, options);
    for await (const entry of entries) await unpacker.add(entry);
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
