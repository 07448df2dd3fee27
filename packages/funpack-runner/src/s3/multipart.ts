import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PinkyError, readJsonObject } from '@pinky/protocol';
import type { S3Bucket } from './s3-bucket.js';
import { escaped, partsOf, textOf } from './xml.js';

/** A file of this machine that goes to a store. It must not change meanwhile. */
export interface FileToSend {
  readonly path: string;
  readonly size: number;
  /** The file must be this: the store does not get another one. Lower-case hex. */
  readonly sha256: string;
  /** Where it is written down how far the sending is, so that another process can go on. */
  readonly progressFile?: string;
  readonly onSent?: (bytes: number) => void;
}

/** So much is sent at once, and held in memory. A store takes 10,000 parts. Bytes. */
const usualPartBytes = 8 * 1024 * 1024;
const mostParts = 10_000;

interface SentPart {
  readonly md5: string;
  readonly size: number;
  readonly etag: string;
}

/** Sends a file in one request, or a large one in parts, which a later call goes on with. */
export async function sendFile(bucket: S3Bucket, key: string, file: FileToSend): Promise<void> {
  const handle = await open(file.path, 'r');
  try {
    if (file.size <= usualPartBytes) await sendWhole(bucket, key, file, handle);
    else await new Multipart(bucket, key, file, handle).send();
  } finally {
    await handle.close();
  }
}

const metaOf = (sha256: string): Record<string, string> => ({ 'x-amz-meta-sha256': sha256 });

async function sendWhole(bucket: S3Bucket, key: string, file: FileToSend, handle: FileHandle): Promise<void> {
  const body = await read(handle, Buffer.alloc(file.size), 0);
  const bodySha256 = sumOf(body);
  assertSame(file, bodySha256);
  const headers = { ...metaOf(file.sha256), 'content-md5': md5Of(body, 'base64') };
  await bucket.request({ method: 'PUT', key, body, bodySha256, headers });
  file.onSent?.(file.size);
}

class Multipart {
  readonly #partBytes: number;
  readonly #hash = createHash('sha256');

  constructor(
    private readonly bucket: S3Bucket,
    private readonly key: string,
    private readonly file: FileToSend,
    private readonly handle: FileHandle,
  ) {
    this.#partBytes = Math.max(usualPartBytes, Math.ceil(file.size / mostParts));
  }

  async send(): Promise<void> {
    const { file } = this;
    const begun = await this.#begun();
    const uploadId = begun?.uploadId ?? (await this.#begin());
    const etags: string[] = [];
    const block = Buffer.alloc(this.#partBytes);
    for (let at = 0; at < file.size; at += this.#partBytes) {
      const part = await read(this.handle, block.subarray(0, Math.min(this.#partBytes, file.size - at)), at);
      this.#hash.update(part);
      const number = etags.length + 1;
      etags.push(await this.#part(uploadId, number, part, begun?.parts.get(number)));
      file.onSent?.(at + part.length);
    }
    await this.#finish(uploadId, etags);
  }

  /** The parts that an earlier process sent. Undefined where there are none that could be of use. */
  async #begun(): Promise<{ uploadId: string; parts: ReadonlyMap<number, SentPart> } | undefined> {
    const { progressFile, sha256 } = this.file;
    const noted = progressFile === undefined ? undefined : readJsonObject(progressFile);
    const uploadId = noted?.['uploadId'];
    if (typeof uploadId !== 'string' || noted?.['sha256'] !== sha256) return undefined;
    if (noted['place'] !== this.#place) return undefined;
    try {
      return { uploadId, parts: await this.#sentParts(uploadId) };
    } catch (failure) {
      if (failure instanceof PinkyError && failure.code === 'not_found') return undefined; // the store gave it up
      throw failure;
    }
  }

  get #place(): string {
    return `${this.bucket.name}/${this.key}`;
  }

  async #sentParts(uploadId: string): Promise<ReadonlyMap<number, SentPart>> {
    const sent = new Map<number, SentPart>();
    for (let marker: string | undefined = '0'; marker !== undefined;) {
      const query: Record<string, string> = { uploadId, 'part-number-marker': marker };
      const { text } = await this.bucket.request({ method: 'GET', key: this.key, query });
      for (const part of partsOf(text, 'Part')) {
        const etag = textOf(part, 'ETag') ?? '';
        const size = Number(textOf(part, 'Size'));
        sent.set(Number(textOf(part, 'PartNumber')), { etag, size, md5: etag.replaceAll('"', '') });
      }
      marker = textOf(text, 'IsTruncated') === 'true' ? textOf(text, 'NextPartNumberMarker') : undefined;
    }
    return sent;
  }

  async #begin(): Promise<string> {
    const { progressFile, sha256 } = this.file;
    const asked = { method: 'POST', key: this.key, query: { uploads: '' }, headers: metaOf(sha256) } as const;
    const uploadId = textOf((await this.bucket.request(asked)).text, 'UploadId');
    if (uploadId === undefined) throw new PinkyError('store_failed', `${this.#place}: the store names no upload`);
    const note = { uploadId, sha256, place: this.#place };
    if (progressFile !== undefined) writeFileSync(progressFile, JSON.stringify(note), { mode: 0o600 });
    return uploadId;
  }

  /** Answers the part's ETag. A part that the store has already, by its MD5, is not sent again. */
  async #part(uploadId: string, number: number, body: Buffer, sent: SentPart | undefined): Promise<string> {
    if (sent?.size === body.length && sent.md5 === md5Of(body, 'hex')) return sent.etag;
    const { headers } = await this.bucket.request({
      method: 'PUT',
      key: this.key,
      query: { partNumber: String(number), uploadId },
      body,
      bodySha256: sumOf(body),
      headers: { 'content-md5': md5Of(body, 'base64') },
    });
    return headers.etag ?? `"${md5Of(body, 'hex')}"`;
  }

  async #finish(uploadId: string, etags: readonly string[]): Promise<void> {
    const { file, bucket, key } = this;
    try {
      assertSame(file, this.#hash.digest('hex'));
    } catch (failure) {
      await bucket.request({ method: 'DELETE', key, query: { uploadId } });
      this.#forget();
      throw failure;
    }
    const parts = etags.map((etag, at) =>
      `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    try {
      await bucket.request({ method: 'POST', key, query: { uploadId }, body, bodySha256: sumOf(body) });
    } catch (failure) {
      if (!(await this.#isThere(failure))) throw failure;
    }
    this.#forget();
  }

  /** The first try may have done it, and only its answer was lost: then there is no such upload any more. */
  async #isThere(failure: unknown): Promise<boolean> {
    if (!(failure instanceof PinkyError) || failure.code !== 'not_found') return false;
    return (await this.bucket.head(this.key))?.['x-amz-meta-sha256'] === this.file.sha256;
  }

  #forget(): void {
    if (this.file.progressFile !== undefined) rmSync(this.file.progressFile, { force: true });
  }
}

async function read(handle: FileHandle, into: Buffer, at: number): Promise<Buffer> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, at + done);
    if (bytesRead === 0) throw new PinkyError('checksum_mismatch', 'the file became shorter while it was sent');
    done += bytesRead;
  }
  return into;
}

const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const md5Of = (bytes: Buffer, as: 'hex' | 'base64'): string => createHash('md5').update(bytes).digest(as);

function assertSame({ path, sha256 }: FileToSend, actual: string): void {
  if (actual === sha256) return;
  throw new PinkyError('checksum_mismatch', `${path}: its SHA-256 is ${actual}, not ${sha256} as when it was written`);
}
