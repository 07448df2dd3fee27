import { ByteReader } from '../archive/byte-reader.js';
import { readEntry } from './entry-reader.js';
import { parsePax, type PaxRecords } from './pax.js';
import type { ReadTarOptions } from './read-options.js';
import type { TarEntry } from './tar-entry.js';
import { badTar, parseHeader, recordSize, type RawHeader } from './tar-header.js';

/** The longest extended header that is read, bytes. It bounds the memory of a reader. */
const maxExtended = 1 << 20;
/** The longest that Linux takes (PATH_MAX, less its NUL). */
const maxPath = 4_095;
/** How much may follow the end. Programs fill up their last block, of 10 KiB or a few times that. */
const maxBehindEnd = 16 << 20;

/** The extended headers that came before an entry. Each may come once. */
interface Extensions {
  readonly pax?: PaxRecords;
  readonly path?: string;
  readonly linkpath?: string;
}

/**
 * The entries of a POSIX, GNU, star or Solaris tar archive, in bounded memory and in time that grows with its length
 * only. Throws `bad_archive` where it is damaged or cut off: an archive ends with an empty record.
 */
export async function* readTar(
  source: AsyncIterable<Buffer>,
  options: ReadTarOptions = {},
): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source, options.pool);
  try {
    let global: ReadonlyMap<string, string> = new Map();
    let extensions: Extensions = {};
    for (let isFirst = true; ; isFirst = false) {
      if (!isFirst && options.isChecked && (await reader.isAtEnd())) break;
      const header = await nextHeader(reader);
      if (!header) break;
      options.onOverhead?.(recordSize);
      if (isExtension(header)) {
        const content = await readExtension(reader, header, options);
        if (header.typeflag === 'g') global = new Map([...global, ...globalIn(content, options)]);
        else extensions = extended(extensions, header.typeflag, content);
        continue;
      }
      yield* readEntry(reader, header, namedBy(extensions, global), options);
      extensions = {};
    }
    await readBehindEnd(reader, options);
  } finally {
    await reader.close();
  }
}

/** From a copy of its record: an extended header or a map is read before it is used up. */
const nextHeader = async (reader: ByteReader): Promise<RawHeader | undefined> =>
  parseHeader(Buffer.from(await reader.read(recordSize, 'a header')));

const isExtension = ({ typeflag }: RawHeader): boolean => 'xgXLKV'.includes(typeflag);

async function readExtension(reader: ByteReader, header: RawHeader, { onOverhead }: ReadTarOptions): Promise<Buffer> {
  const { size } = header;
  if (size === undefined || size < 0 || size > maxExtended) throw badTar('an extended header is larger than 1 MiB');
  if ('LK'.includes(header.typeflag) && size > maxPath + 1) throw badTar('a path is longer than 4095 bytes');
  onOverhead?.(size);
  const content = Buffer.from(await reader.read(size, 'an extended header'));
  await reader.read(-size & (recordSize - 1), 'an extended header');
  return content;
}

function globalIn(content: Buffer, { onOwn }: ReadTarOptions): ReadonlyMap<string, string> {
  const { values, own } = parsePax(content, true);
  if (own) onOwn?.(own);
  return values;
}

/** pax headers (`X` is Solaris's name for them), and GNU's long names. A volume's label (V) says nothing of a file. */
function extended(before: Extensions, typeflag: string, content: Buffer): Extensions {
  const twice = (): never => { throw badTar('an entry has two extended headers of a kind'); };
  const asName = (): string => content.toString('latin1').replace(/\0[^]*$/, '');
  switch (typeflag) {
    case 'L': return before.path === undefined ? { ...before, path: asName() } : twice();
    case 'K': return before.linkpath === undefined ? { ...before, linkpath: asName() } : twice();
    case 'V': return before;
    default: return before.pax ? twice() : { ...before, pax: parsePax(content) };
  }
}

/** The extended headers' words about an entry: its own pax header first, then GNU's long names, then the global one. */
function namedBy({ pax, path, linkpath }: Extensions, global: ReadonlyMap<string, string>): PaxRecords {
  if (!pax && path === undefined && linkpath === undefined) return { values: global, sparse: [] };
  const values = new Map(global);
  if (path !== undefined) values.set('path', path);
  if (linkpath !== undefined) values.set('linkpath', linkpath);
  for (const [key, value] of pax?.values ?? []) values.set(key, value);
  return { values, sparse: pax?.sparse ?? [] };
}

/** Reads on to the end: the checksum of the compressed stream comes after the last record. */
async function readBehindEnd(reader: ByteReader, { onOverhead }: ReadTarOptions): Promise<void> {
  let bytes = 0;
  for (let rest = await reader.readSome(1 << 18); rest; rest = await reader.readSome(1 << 18)) {
    bytes += rest.length;
    if (bytes > maxBehindEnd) throw badTar('too much follows its end');
    onOverhead?.(rest.length);
  }
}
