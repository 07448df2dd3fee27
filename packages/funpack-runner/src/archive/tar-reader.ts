import { PinkyError } from '@pinky/protocol';
import { ByteReader, type ChunkPool } from './byte-reader.js';
import { parsePax } from './pax.js';
import { badTar, parseHeader, recordSize, type RawHeader } from './tar-header.js';

export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device';

export interface TarEntry {
  readonly type: TarEntryType;
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970, perhaps with a fraction. */
  readonly mtime: number;
  /** Where a link points to. Empty for anything else. */
  readonly linkname: string;
  /** The entry's content. An unread rest is skipped. Each chunk is valid until the next one is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** The kinds of POSIX and GNU tar that are read. */
const types: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'device',
};
/** The longest extended header that is read, bytes. It bounds the memory of a reader. */
const maxExtended = 1 << 20;

/**
 * The entries of a POSIX or GNU tar archive, in bounded memory. Throws `bad_archive` where it is damaged, cut off (an
 * archive ends with an empty record) or of a kind that is not read. With a pool, chunks of the source go there when
 * they are used up.
 */
export async function* readTar(source: AsyncIterable<Buffer>, pool?: ChunkPool): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source, pool);
  try {
    let global: Readonly<Record<string, string>> = {};
    let extended = noExtension;
    for (;;) {
      const header = parseHeader(await reader.read(recordSize, 'a header'));
      if (!header) break;
      if (isExtension(header)) {
        const records = await readExtension(reader, header);
        if (header.typeflag === 'g') global = { ...global, ...records };
        else extended = { ...extended, ...records };
        continue;
      }
      yield* entryOf(reader, header, { ...global, ...extended });
      extended = noExtension;
    }
    for (let rest = await reader.readSome(1 << 18); rest; rest = await reader.readSome(1 << 18)) {
      // Read on to the end: the checksum of the compressed stream comes after the last record.
    }
  } finally {
    await reader.close();
  }
}

const noExtension: Readonly<Record<string, string>> = {};
const isExtension = ({ typeflag }: RawHeader): boolean => 'xgLKV'.includes(typeflag);

/** pax headers, and GNU's long names as pax records. A volume's label (V) says nothing about a file. */
async function readExtension(reader: ByteReader, header: RawHeader): Promise<Readonly<Record<string, string>>> {
  if (header.size > maxExtended) throw badTar('an extended header is larger than 1 MiB');
  const content = await reader.read(header.size, 'an extended header');
  await skip(reader, padding(header.size));
  const asName = content.toString('utf8').replace(/\0.*$/s, '');
  switch (header.typeflag) {
    case 'L': return { path: asName };
    case 'K': return { linkpath: asName };
    case 'V': return {};
    default: return parsePax(content);
  }
}

async function* entryOf(
  reader: ByteReader,
  header: RawHeader,
  pax: Readonly<Record<string, string>>,
): AsyncGenerator<TarEntry> {
  const path = pax['path'] ?? header.name;
  // Old archives have no kind for folders: a name that ends with a slash is one.
  const type = header.typeflag === '0' && path.endsWith('/') ? 'directory' : types[header.typeflag];
  if (!type || Object.keys(pax).some((key) => key.startsWith('GNU.sparse.'))) {
    throw new PinkyError(
      'bad_archive',
      `${JSON.stringify(path.slice(0, 200))} is of a kind that is not read (${header.typeflag}); make the archive ` +
        'without sparse files and in one volume',
    );
  }
  const size = type === 'file' ? paxNumber(pax['size']) ?? header.size : 0;
  if (size < 0) throw badTar('a size is negative');
  const held = { left: size };
  yield {
    type,
    path,
    mode: header.mode,
    size,
    mtime: paxNumber(pax['mtime']) ?? header.mtime,
    linkname: pax['linkpath'] ?? header.linkname,
    content: contentOf(reader, held),
  };
  await skip(reader, held.left + padding(size));
}

async function* contentOf(reader: ByteReader, held: { left: number }): AsyncGenerator<Buffer> {
  while (held.left > 0) {
    const chunk = await reader.readSome(held.left);
    if (!chunk) throw badTar('it ends within a file');
    held.left -= chunk.length;
    yield chunk;
  }
}

async function skip(reader: ByteReader, bytes: number): Promise<void> {
  for (let left = bytes; left > 0;) {
    const chunk = await reader.readSome(left);
    if (!chunk) throw badTar('it ends within a file');
    left -= chunk.length;
  }
}

const padding = (size: number): number => (recordSize - (size % recordSize)) % recordSize;

function paxNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw badTar('a number is missing in an extended header');
  return value;
}
