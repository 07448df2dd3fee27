import { PinkyError } from '@pinky/protocol';
import { inlineCodec, type BlockCodec } from '../lzop/block-codec.js';
import { BlockPool } from './block-pool.js';
import { byProgram } from './by-program.js';
import { gunzip } from './gunzip.js';
import { magic } from '../lzop/format.js';
import { readLzop } from '../lzop/reader.js';
import { isSealed, unseal, type FindKey } from '../seal/unseal.js';
import { looksLikeTar, recordSize } from '../tar/tar-header.js';

export type ArchiveKind = 'tar' | 'gzip' | 'lzop' | 'zstd' | 'bzip2' | 'zip';

/** How the files of each kind begin. */
const beginnings: readonly (readonly [ArchiveKind, Buffer])[] = [
  ['lzop', magic],
  ['gzip', Buffer.from('1f8b', 'hex')],
  ['zstd', Buffer.from('28b52ffd', 'hex')],
  ['bzip2', Buffer.from('BZh')],
  ['zip', Buffer.from('PK\x03\x04', 'latin1')],
];

/** The kind of an archive by its first 512 bytes, because names lie. Throws `bad_archive`. */
export function kindOf(start: Buffer): ArchiveKind {
  const known = beginnings.find(([, bytes]) => start.subarray(0, bytes.length).equals(bytes));
  if (known) return known[0];
  if (looksLikeTar(start.subarray(0, recordSize))) return 'tar';
  throw new PinkyError(
    'bad_archive',
    start.length === 0
      ? 'the archive is empty'
      : `the archive is none of .tar, .tar.gz, .tar.lzo, .tar.zst, .tar.bz2 and .zip (it begins with ` +
        `${start.subarray(0, 4).toString('hex')})`,
  );
}

/** The tar stream in an archive. */
export interface Decoded {
  readonly tar: AsyncIterable<Buffer>;
  /** The stream has checksums, so it is whole where it ends. */
  readonly isChecked: boolean;
  /**
   * Takes the stream's chunks when they are used up. zlib's have none: it keeps writing into the memory it gave out.
   */
  readonly pool?: BlockPool;
}

/**
 * Looks at how an archive begins, and reads it as that kind, in bounded memory; a sealed one by the kind of what was
 * sealed. Throws `bad_archive`, here or while the archive is read, and `no_key`.
 */
export async function decode(
  source: AsyncIterable<Buffer>,
  codec: BlockCodec = inlineCodec,
  pool = new BlockPool(),
  findKey: FindKey = noKeys,
): Promise<Decoded> {
  const { start, all } = await withStart(source);
  if (isSealed(start)) return decode(unseal(all, findKey, (used) => pool.give(used)), codec, pool);
  switch (kindOf(start)) {
    case 'tar': return { tar: all, pool, isChecked: false };
    case 'gzip': return { tar: gunzip(all), isChecked: true };
    case 'zstd': return { tar: byProgram(all, 'zstd'), isChecked: true };
    case 'bzip2': return { tar: byProgram(all, 'bzip2'), isChecked: true };
    case 'zip': throw new PinkyError('bad_archive', 'a .zip archive is read from a file, and cannot come as a stream');
    case 'lzop': return { tar: readLzop(all, codec, pool), pool, isChecked: true };
  }
}

/** For archives of strangers: none of them is opened. */
const noKeys: FindKey = () => undefined;

/** The bytes of a source that tell its kind, and the whole source. */
async function withStart(source: AsyncIterable<Buffer>): Promise<{ start: Buffer; all: AsyncIterable<Buffer> }> {
  const chunks = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  };
  let length = 0;
  while (length < recordSize) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  return { start: Buffer.concat(first).subarray(0, recordSize), all: all() };
}
