import { PinkyError } from '@pinky/protocol';
import type { BlockPool } from '../archive/block-pool.js';
import { decode } from '../archive/decode.js';
import type { BlockCodec } from '../lzop/block-codec.js';
import type { ReadTarOptions } from './read-options.js';
import type { TarEntry } from './tar-entry.js';
import { readTar } from './tar-reader.js';

export interface ArchiveEntriesOptions extends Omit<ReadTarOptions, 'pool' | 'isChecked'> {
  readonly codec?: BlockCodec | undefined;
  /** Takes the source's chunks when they are used up. */
  readonly pool?: BlockPool | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The entries of a packed or plain tar archive. Throws `bad_archive` or `cancelled`, here or while they are read. */
export async function archiveEntries(
  source: AsyncIterable<Buffer>,
  { codec, pool: ownPool, signal, ...options }: ArchiveEntriesOptions,
): Promise<AsyncGenerator<TarEntry>> {
  const { tar, pool, isChecked } = await decode(source, codec, ownPool);
  return readTar(untilAborted(tar, signal), { ...options, pool, isChecked });
}

/** A reader always reads, so this is where it hears that it is to end. */
async function* untilAborted(tar: AsyncIterable<Buffer>, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of tar) {
    if (signal?.aborted) throw new PinkyError('cancelled', 'reading the archive was cancelled');
    yield chunk;
  }
}
