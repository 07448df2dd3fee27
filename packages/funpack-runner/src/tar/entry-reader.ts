import type { ByteReader } from '../archive/byte-reader.js';
import { attributesIn } from './attribute-records.js';
import { linkRootMark, paxSize, paxTime, type PaxRecords } from './pax.js';
import { assertMap, oldGnuMap, paxMap, type SparseMap } from './sparse-map.js';
import type { ReadTarOptions } from './read-options.js';
import { noAttributes, type EntryType, type TarEntry } from './tar-entry.js';
import { badTar, recordSize, type RawHeader } from './tar-header.js';

/** The kinds that are read. `D` is a folder of GNU tar's incremental archives, with a list of its names. */
const types: Readonly<Record<string, EntryType>> = {
  '0': 'file',
  '7': 'file',
  'S': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'special',
  '4': 'special',
  '5': 'directory',
  'D': 'directory',
  '6': 'special',
};
const maxPath = 4_095;
const maxAttributes = 1_024;
const defaultMode = 0o644;

/** An entry and what belongs to it in the archive. */
export interface ReadEntry {
  /** Undefined where its kind is unknown. */
  readonly entry: TarEntry | undefined;
  /** Skips the rest of its content. Undefined where there is nothing to wait for. */
  readonly skipRest: () => Promise<void> | undefined;
}

/** Reads the entry of a header. */
export function readEntry(
  reader: ByteReader,
  header: RawHeader,
  pax: PaxRecords,
  options: ReadTarOptions,
): ReadEntry | Promise<ReadEntry> {
  const { values } = pax;
  const path = values.get('GNU.sparse.name') ?? values.get('path') ?? header.name;
  const type = typeOf(header, path);
  const held = { left: contentSize(header, values, type) };
  const padding = -held.left & (recordSize - 1);
  const skipRest = (): Promise<void> | undefined => skip(reader, held.left + padding);
  if (!type) {
    options.onOverhead?.(held.left);
    options.onSkipped?.(path, header.typeflag);
    return { entry: undefined, skipRest };
  }
  const being = { ...pax, path, type, held, options };
  if (type !== 'file' || !isSparse(header, pax)) return { entry: entryOf(reader, header, being, undefined), skipRest };
  return mapOf(reader, header, being).then((map) => ({ entry: entryOf(reader, header, being, map), skipRest }));
}

const isSparse = ({ typeflag }: RawHeader, { values, sparse }: PaxRecords): boolean =>
  typeflag === 'S' || sparse.length > 0 || sparseKeys.some((key) => values.has(key));

const sparseKeys = ['GNU.sparse.major', 'GNU.sparse.map', 'GNU.sparse.numblocks'];

/** Old archives have no kind for folders: a name that ends with a slash is one. */
const typeOf = ({ typeflag }: RawHeader, path: string): EntryType | undefined =>
  typeflag === '0' && path.endsWith('/') ? 'directory' : types[typeflag];

/** How many bytes follow the header. Links and folders have none, whatever their size says. */
function contentSize(header: RawHeader, values: ReadonlyMap<string, string>, type: EntryType | undefined): number {
  const isBare = type !== undefined && type !== 'file' && header.typeflag !== 'D';
  if (isBare) return 0;
  const text = values.get('size');
  const size = text === undefined ? header.size : paxSize(text);
  if (size === undefined || size < 0) throw badTar('the size of a file is no number');
  return size;
}

interface Being extends PaxRecords {
  readonly path: string;
  readonly type: EntryType;
  /** How much of the content is still to be read. */
  readonly held: { left: number };
  readonly options: ReadTarOptions;
}

function entryOf(reader: ByteReader, header: RawHeader, entry: Being, map: SparseMap | undefined): TarEntry {
  const { values, path, type, held } = entry;
  const linkname = type === 'symlink' || type === 'hardlink' ? values.get('linkpath') ?? header.linkname : '';
  if (path.length > maxPath || linkname.length > maxPath) throw badTar('a path is longer than 4095 bytes');
  const attributes = values.size === 0 ? noAttributes : attributesIn(values);
  if (attributes.size > maxAttributes) throw badTar('a file has too many attributes');
  const bytes = type === 'file' ? held.left : 0;
  const size = map?.realSize ?? bytes;
  if (map) assertMap(map.ranges, size, bytes);
  return {
    type,
    path,
    mode: header.mode === undefined ? defaultMode : header.mode & 0o7777,
    uid: idOf(values.get('uid')) ?? header.uid ?? 0,
    gid: idOf(values.get('gid')) ?? header.gid ?? 0,
    size,
    mtimeNs: paxTime(values.get('mtime') ?? '') ?? BigInt(header.mtime ?? 0) * 1_000_000_000n,
    linkname,
    ...linkRootIn(values),
    attributes,
    ...(map && { ranges: map.ranges }),
    content: contentOf(reader, held, map && map.ranges.reduce((sum, { length }) => sum + length, 0)),
    ...(!map && { whole: () => wholeOf(reader, held) }),
  };
}

function wholeOf(reader: ByteReader, held: { left: number }): Buffer | undefined {
  const whole = reader.atHand(held.left);
  if (whole) held.left = 0;
  return whole;
}

function linkRootIn(values: ReadonlyMap<string, string>): Pick<TarEntry, 'linkRoot'> {
  const comment = values.get('comment');
  return comment?.startsWith(linkRootMark) ? { linkRoot: comment.slice(linkRootMark.length) } : {};
}

const idOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

/** The map of a sparse file, in any of GNU tar's four forms. Undefined for a file without one. */
async function mapOf(reader: ByteReader, header: RawHeader, entry: Being): Promise<SparseMap | undefined> {
  const { held, options } = entry;
  const read = async (): Promise<Buffer> => {
    options.onOverhead?.(recordSize);
    return Buffer.from(await reader.read(recordSize, 'the map of a sparse file'));
  };
  if (header.typeflag === 'S') return oldGnuMap(header.record, read);
  const map = await paxMap(entry, read);
  held.left -= map?.mapBytes ?? 0;
  if (held.left < 0) throw badTar('the map of a sparse file is longer than the file');
  return map;
}

/** The data that belongs to the file. Anything behind it is left to be skipped. */
async function* contentOf(reader: ByteReader, held: { left: number }, bytes = held.left): AsyncGenerator<Buffer> {
  for (let wanted = bytes; wanted > 0;) {
    const chunk = await reader.readSome(Math.min(wanted, held.left));
    if (!chunk) throw badTar('it ends within a file');
    held.left -= chunk.length;
    wanted -= chunk.length;
    yield chunk;
  }
}

function skip(reader: ByteReader, bytes: number): Promise<void> | undefined {
  return bytes === 0 || reader.atHand(bytes) ? undefined : skipSlowly(reader, bytes);
}

async function skipSlowly(reader: ByteReader, bytes: number): Promise<void> {
  for (let left = bytes; left > 0;) {
    const chunk = await reader.readSome(left);
    if (!chunk) throw badTar('it ends within a file');
    left -= chunk.length;
  }
}
