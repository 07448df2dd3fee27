import { noAttributes } from '../../src/tar/tar-entry.js';
import { checksumOf } from '../../src/tar/tar-header.js';
import type { WrittenHead } from '../../src/tar/tar-writer.js';

export interface RawEntry {
  readonly path: string;
  readonly type?: string;
  readonly mode?: number;
  readonly linkname?: string;
  readonly content?: string | Uint8Array;
  /** The size in the header, where that is not the content's length. */
  readonly size?: number;
}

/** A head to write, of an empty file unless it says otherwise. */
export const entryHead = (head: Partial<WrittenHead>): WrittenHead => ({
  type: 'file',
  path: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
  linkname: '',
  attributes: noAttributes,
  ...head,
});

/** A tar archive of exactly these entries, however unsafe. */
export const tarOf = (...entries: RawEntry[]): Buffer => Buffer.concat([...entries.map(rawEntry), Buffer.alloc(1024)]);

export function rawEntry({ path, type = '0', mode = 0o644, linkname = '', content = '', size }: RawEntry): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write(mode.toString(8).padStart(7, '0'), 100);
  header.write((size ?? body.length).toString(8).padStart(11, '0'), 124);
  header.write('00000000000', 136);
  header.write(type, 156);
  header.write(linkname, 157, 100);
  header.write('ustar\x0000', 257);
  header.write(checksumOf(header).toString(8).padStart(6, '0') + '\0 ', 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
