import { fileURLToPath } from 'node:url';
import { PinkyError } from '@pinky/protocol';
import type { StoreContext } from '../s3/s3-bucket.js';
import { allowedUrl, shown } from '../store/source-kind.js';
import { DirectoryStore } from './directory-store.js';
import { HttpStore } from './http-store.js';
import { S3Store } from './s3-store.js';
import type { Store } from './store.js';

/**
 * The store at an address: the path of a folder, or a `file:`, `s3:`, `http:` or `https:` address. It is not asked for
 * anything yet. Throws `bad_url`.
 */
export function openStore(address: string, context: StoreContext): Store {
  if (address.startsWith('/')) return new DirectoryStore(address, context.signal);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  switch (url?.protocol) {
    case 'file:': return new DirectoryStore(fileURLToPath(url), context.signal);
    case 's3:': return new S3Store(url, context);
    case 'http:': case 'https:': return new HttpStore(allowedUrl(url, context.allowedHosts), context);
    default:
      throw new PinkyError('bad_url', `${shown(address)} is no store; write s3://bucket, a folder or https://…`);
  }
}
