import { badTar } from './tar-header.js';

/** The records of a pax extended header that mean something to us, as bytes (one character for each). */
export interface PaxRecords {
  readonly values: ReadonlyMap<string, string>;
  /** `GNU.sparse.offset` and `.numbytes`, which come once for each part of a file, in turns. */
  readonly sparse: readonly string[];
  /** Pinky's own words about the archive, in a global header. They say nothing of an entry. */
  readonly own?: ReadonlyMap<string, string>;
}

/** Pinky's own keys: the names of the archive's manifest and of its base, and the base's SHA-256. */
export const ownKeys = { manifest: 'PINKY.manifest', base: 'PINKY.base', baseSha256: 'PINKY.base.sha256' } as const;
const own: ReadonlySet<string> = new Set(Object.values(ownKeys));

/** Keys that may stand in a global header too. There they hold for all entries that follow. */
const known: ReadonlySet<string> = new Set([
  'path', 'linkpath', 'size', 'mtime', 'uid', 'gid',
  'GNU.sparse.major', 'GNU.sparse.minor', 'GNU.sparse.name', 'GNU.sparse.realsize', 'GNU.sparse.size',
  'GNU.sparse.map', 'GNU.sparse.numblocks',
]);
/** How the comment begins that tells where an absolute link was found. Other programs read no comments. */
export const linkRootMark = 'pinky: the world of this link was ';
/** Attributes belong to one entry. */
const ofEntry = /^(?:comment$|SCHILY\.(?:xattr\.|acl\.(?:access|default)$)|LIBARCHIVE\.xattr\.)/;
const ofParts: ReadonlySet<string> = new Set(['GNU.sparse.offset', 'GNU.sparse.numbytes']);
/** No record is longer than 10^7 bytes: a header has at most 1 MiB. */
const lengthDigits = 7;

/**
 * The records of a pax extended header: `<length> <key>=<value>\n`. The length is that of the whole record, in bytes.
 * Keys that mean nothing to us are left out, so that no header fills the memory. Throws `bad_archive`.
 */
export function parsePax(content: Buffer, isGlobal = false): PaxRecords {
  const values = new Map<string, string>();
  const sparse: string[] = [];
  const ofArchive = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    if (content[at] === 0 && isZeroFrom(content, at)) break; // some programs fill the record within its size
    const { key, value, end } = recordAt(content, at);
    if (known.has(key) || (!isGlobal && ofEntry.test(key))) values.set(key, value());
    else if (!isGlobal && ofParts.has(key)) sparse.push(value());
    else if (isGlobal && own.has(key)) ofArchive.set(key, value());
    at = end;
  }
  return { values, sparse, ...(ofArchive.size > 0 && { own: ofArchive }) };
}

function recordAt(content: Buffer, at: number): { key: string; value: () => string; end: number } {
  const blank = content.subarray(at, at + lengthDigits + 1).indexOf(0x20) + at;
  const digits = content.toString('latin1', at, Math.max(at, blank));
  const end = at + (/^\d+$/.test(digits) ? Number(digits) : NaN);
  const isWhole = end <= content.length && end > blank + 1 && content[end - 1] === 0x0a;
  const equals = isWhole ? content.subarray(blank + 1, end).indexOf(0x3d) + blank + 1 : 0;
  if (!isWhole || equals <= blank + 1) throw badTar('an extended header is malformed');
  return {
    key: content.toString('latin1', blank + 1, equals),
    value: () => content.toString('latin1', equals + 1, end - 1),
    end,
  };
}

const isZeroFrom = (content: Buffer, at: number): boolean => content.subarray(at).every((byte) => byte === 0);

/** One record, of bytes. Its length counts its own digits. */
export function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`, 'latin1');
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Throws `bad_archive` for everything but digits: `0.1` or `1e9` of bytes is nothing that anybody wrote in earnest. */
export function paxSize(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw badTar('a size in an extended header is no number');
  return value;
}

/** A time in an extended header: seconds since 1970, perhaps with a fraction. Undefined if it is none. */
export function paxTime(text: string): bigint | undefined {
  const [, sign = '', seconds, fraction = ''] = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const nanos = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nanos : nanos;
}

/** The text of a time, with as few digits as it needs. */
export function timeText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % 1_000_000_000n).padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`;
}
