import { S3Bucket, type StoreContext } from '../s3/s3-bucket.js';
import { sendFile, type FileToSend } from '../s3/multipart.js';
import { keyOf } from '../s3/s3-target.js';
import { storeAddress } from './store-address.js';
import type { Store, StoredFile, StoredObject } from './store.js';

/** A bucket of a store that speaks S3, or the part of it whose keys begin with a prefix. */
export class S3Store implements Store {
  readonly url: string;
  readonly #bucket: S3Bucket;
  readonly #prefix: string;

  constructor(url: URL, context: StoreContext) {
    const prefix = keyOf(url).replace(/\/+$/, '');
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.url = storeAddress(url.href);
    this.#bucket = new S3Bucket(url.hostname, context);
  }

  async stat(name: string): Promise<StoredFile | undefined> {
    const headers = await this.#bucket.head(this.#prefix + name);
    if (!headers) return undefined;
    const sha256 = headers['x-amz-meta-sha256'];
    return { size: Number(headers['content-length']), ...(typeof sha256 === 'string' && { sha256 }) };
  }

  send(name: string, file: FileToSend): Promise<void> {
    return sendFile(this.#bucket, this.#prefix + name, file);
  }

  async list(folder: string): Promise<readonly StoredObject[]> {
    const objects = await this.#bucket.list(`${this.#prefix}${folder}/`);
    return objects.map(({ key, ...object }) => ({ name: key.slice(this.#prefix.length), ...object }));
  }

  remove(name: string): Promise<void> {
    return this.#bucket.remove(this.#prefix + name);
  }
}
