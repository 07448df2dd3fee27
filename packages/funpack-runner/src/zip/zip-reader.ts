import { crc32 } from '../lzop/checksum.js';
import { inflateRaw } from '../archive/gunzip.js';
import { noAttributes, type TarEntry } from '../tar/tar-entry.js';
import { badZip, zipEntries, type RandomAccess, type ZipEntry } from './directory.js';

const stored = 0;
const deflated = 8;
const localBytes = 30;
const chunkBytes = 1 << 18;
/** The bits that tell a link from a file in st_mode, and a folder. */
const kindMask = 0o170000;
const linkKind = 0o120000;
const folderKind = 0o040000;
const longestLink = 4_095;

/** The entries of a .zip archive, in the form of a tar's. Throws `bad_archive`. */
export async function* readZip(file: RandomAccess): AsyncGenerator<TarEntry> {
  for await (const entry of zipEntries(file)) {
    if (entry.isEncrypted) throw badZip('it is encrypted');
    if (entry.method !== stored && entry.method !== deflated) throw badZip(`its method ${entry.method} is not known`);
    if (entry.name.length > longestLink) throw badZip('a path is longer than 4095 bytes');
    yield await tarEntry(file, entry);
  }
}

async function tarEntry(file: RandomAccess, entry: ZipEntry): Promise<TarEntry> {
  const kind = (entry.mode ?? 0) & kindMask;
  const isFolder = entry.name.endsWith('/') || kind === folderKind;
  const isLink = !isFolder && kind === linkKind;
  if (isLink && entry.size > longestLink) throw badZip('a path is longer than 4095 bytes');
  return {
    type: isFolder ? 'directory' : isLink ? 'symlink' : 'file',
    path: entry.name,
    mode: (entry.mode ?? (isFolder ? 0o755 : 0o644)) & 0o7777,
    uid: 0,
    gid: 0,
    size: isFolder || isLink ? 0 : entry.size,
    mtimeNs: BigInt(entry.mtime) * 1_000_000_000n,
    linkname: isLink ? await textOf(contentOf(file, entry)) : '',
    attributes: noAttributes,
    content: contentOf(file, entry),
  };
}

async function textOf(content: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('latin1');
}

/** The data of a file, never more than its directory says, and checked. */
async function* contentOf(file: RandomAccess, entry: ZipEntry): AsyncGenerator<Buffer> {
  const packed = packedOf(file, entry);
  let left = entry.size;
  let sum = 0;
  for await (const chunk of entry.method === deflated ? inflateRaw(packed) : packed) {
    left -= chunk.length;
    if (left < 0) throw badZip('a file is longer than it says');
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (left > 0) throw badZip('a file is shorter than it says');
  if (sum !== entry.crc32) throw badZip('the checksum of a file is wrong');
}

async function* packedOf(file: RandomAccess, { offset, packedSize }: ZipEntry): AsyncGenerator<Buffer> {
  const head = await file.read(offset, localBytes);
  if (head.length < localBytes || head.readUInt32LE(0) !== 0x04034b50) throw badZip('a file is not where it should be');
  const start = offset + localBytes + head.readUInt16LE(26) + head.readUInt16LE(28);
  for (let done = 0; done < packedSize;) {
    const chunk = await file.read(start + done, Math.min(chunkBytes, packedSize - done));
    if (chunk.length === 0) throw badZip('it is cut off');
    done += chunk.length;
    yield chunk;
  }
}
