import type { Range } from '../kernel/holes.js';

/** The entries that an archive can hold. `special` is a device, a FIFO or the like. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'special';

/** Everything that an archive says of one entry, apart from its content. */
export interface EntryHead {
  readonly type: EntryType;
  /** Bytes, one character for each. */
  readonly path: string;
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** A file's size with its holes. 0 for anything else. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Where a link leads to, as bytes. Empty for anything else. */
  readonly linkname: string;
  /** The path of the world in which an absolute link was found, as bytes: it is moved along with the world. */
  readonly linkRoot?: string;
  /** Extended attributes by the kernel's names. */
  readonly attributes: ReadonlyMap<string, Buffer>;
  /** The parts of a sparse file that hold data, in order. Absent: all of it does. */
  readonly ranges?: readonly Range[];
}

/** An entry of an archive that is being read. */
export interface TarEntry extends EntryHead {
  /** The data without its holes. An unread rest is skipped. Each chunk is valid until the next one is asked for. */
  readonly content: AsyncIterable<Buffer>;
  /** All of the content instead, where it is at hand: a small file needs no promise. Valid until the next call. */
  readonly whole?: () => Buffer | undefined;
}

export const noAttributes: ReadonlyMap<string, Buffer> = new Map();

/** How many bytes of content follow the header of a file: its data without the holes. */
export const dataBytes = ({ size, ranges }: Pick<EntryHead, 'size' | 'ranges'>): number =>
  ranges ? ranges.reduce((sum, { length }) => sum + length, 0) : size;
