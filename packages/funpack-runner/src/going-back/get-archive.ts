import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { BlockPool } from '../archive/block-pool.js';
import { incrementEntries } from '../backup/restore-increment.js';
import { writeLzop } from '../lzop/writer.js';
import { BlockFiller } from '../pack/block-filler.js';
import { ArchiveFile } from '../store/archive-file.js';
import { dataBytes, type TarEntry } from '../tar/tar-entry.js';
import { archiveEnd, paddingOf, type WrittenHead } from '../tar/tar-writer.js';
import { ownKeys } from '../tar/pax.js';
import type { WorkContext } from '../task/work-context.js';

export interface GotArchive {
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes the whole world of a backup to a new file, as one `.tar.lzo` that other programs read: an incremental one is
 * put together with its base. Throws `bad_command` where the file is there, and what a restore throws.
 */
export async function getArchive(path: string, file: string, work: WorkContext): Promise<GotArchive> {
  if (!isAbsolute(file)) throw new PinkyError('bad_command', `backups get: ${file} is no absolute path`);
  const fd = created(file);
  let archive: ArchiveFile | undefined;
  let isWhole = false;
  try {
    archive = await ArchiveFile.open(path);
    const own = await archive.ownRecords(work);
    if (!own.has(ownKeys.base)) {
      const got = await written(fd, archive.chunks(), work);
      isWhole = true;
      return { file, ...got };
    }
    const world = await incrementEntries({ archive, own, path }, work);
    const pool = new BlockPool();
    try {
      const got = await written(fd, writeLzop(packed(world.entries, pool), work.codec, pool), work);
      isWhole = true;
      return { file, ...got };
    } finally {
      await world.close();
    }
  } catch (failure) {
    throw archive ? archive.named(failure) : failure;
  } finally {
    closeSync(fd);
    if (!isWhole) rmSync(file, { force: true });
    await archive?.close();
  }
}

function created(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    const isThere = errnoOf(cause) === 'EEXIST';
    const why = isThere ? 'is there already; name a new file' : `cannot be made (${errnoOf(cause)})`;
    throw new PinkyError('bad_command', `backups get: ${file} ${why}`, { cause });
  }
}

async function written(
  fd: number,
  chunks: AsyncIterable<Buffer>,
  { signal, onProgress }: WorkContext,
): Promise<Omit<GotArchive, 'file'>> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    if (signal.aborted) throw new PinkyError('cancelled', 'writing the archive was cancelled');
    hash.update(chunk);
    for (let done = 0; done < chunk.length;) done += writeSync(fd, chunk, done);
    size += chunk.length;
    onProgress({ label: 'copy', done: size });
  }
  fsyncSync(fd);
  return { size, sha256: hash.digest('hex') };
}

/** A tar archive of these entries, in blocks. */
async function* packed(entries: AsyncIterable<TarEntry>, pool: BlockPool): AsyncGenerator<Buffer> {
  const filler = new BlockFiller(pool);
  for await (const entry of entries) {
    if (entry.type === 'special') continue;
    const path = entry.path.replace(/\/+$/, ''); // the writer gives folders their slash
    // Its type is one of those that are written: it was just looked at.
    filler.addHead({ ...entry, path } as WrittenHead);
    for await (const chunk of entry.content) {
      filler.add(chunk);
      yield* fullBlocks(filler);
    }
    if (entry.type === 'file') filler.add(Buffer.alloc(paddingOf(dataBytes(entry))));
    yield* fullBlocks(filler);
  }
  filler.add(archiveEnd());
  filler.end();
  yield* fullBlocks(filler);
}

function* fullBlocks(filler: BlockFiller): Generator<Buffer> {
  for (let block = filler.take(); block; block = filler.take()) yield block;
}
