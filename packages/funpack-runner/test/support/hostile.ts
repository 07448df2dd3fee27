import { gzipSync } from 'node:zlib';
import { paxRecord } from '../../src/tar/pax.js';
import { rawEntry, type RawEntry } from './tar-builder.js';

const end = Buffer.alloc(1024);

/** An extended header with these records, as it comes before an entry (`x`) or for all that follow (`g`). */
export const pax = (records: readonly (readonly [string, string])[], type = 'x'): Buffer =>
  rawEntry({ path: 'pax', type, content: Buffer.concat(records.map(([key, value]) => paxRecord(key, value))) });

/** An archive of these parts, packed, so that little of it becomes much. */
export const packed = (...parts: Buffer[]): Buffer => gzipSync(Buffer.concat([...parts, end]), { level: 9 });
export const plain = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, end]);

/** So many of something, each with its number. */
export const many = (count: number, make: (i: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, i) => make(i));

export const entry = (path: string, more: Partial<RawEntry> = {}): Buffer => rawEntry({ path, ...more });

/** An entry whose path is too long for its header. */
export const longEntry = (path: string, more: Partial<RawEntry> = {}): Buffer =>
  Buffer.concat([pax([['path', path]]), entry('short', more)]);
