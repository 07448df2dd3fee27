import { PinkyError } from '@pinky/protocol';
import { shown } from '../store/source-kind.js';
import type { S3Access } from './s3-access.js';

/** Where a request about a bucket or one of its objects goes. */
export interface S3Target {
  readonly url: URL;
  readonly region: string;
  /** The keys of the box are for this host. */
  readonly isOurs: boolean;
}

const amazon = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?$/;

/**
 * Where an address leads: `s3://bucket/key`, the address of an object at Amazon's S3, or one that begins with the
 * configured endpoint. Undefined for any other address.
 */
export function s3Target(url: URL, access: S3Access | undefined): S3Target | undefined {
  if (url.protocol === 's3:') return ofBucket(url, access);
  const region = access?.region ?? 'us-east-1';
  if (access?.endpoint !== undefined) {
    const { host, protocol } = new URL(access.endpoint);
    const isOurs = url.protocol === protocol && (url.host === host || url.host.endsWith(`.${host}`));
    return isOurs ? { url, region, isOurs } : undefined;
  }
  const [found, , named] = amazon.exec(url.hostname) ?? [];
  return found === undefined ? undefined : { url, region: named ?? region, isOurs: url.protocol === 'https:' };
}

/** A query that asks for more than the object, such as `?list-type=2`, stays. */
function ofBucket(asked: URL, access: S3Access | undefined): S3Target {
  const { region = 'us-east-1', endpoint, isPathStyle = false } = access ?? {};
  const base = new URL(endpoint ?? (region === 'us-east-1' ? 'https://s3.amazonaws.com' : regional(region)));
  const path = keyOf(asked).split('/').map(encoded).join('/');
  const bucket = asked.hostname;
  if (!isPathStyle) base.host = `${bucket}.${base.host}`;
  const folder = base.pathname.replace(/\/$/, '');
  const url = new URL(`${base.origin}${folder}${isPathStyle ? `/${bucket}` : ''}/${path}${asked.search}`);
  return { url, region, isOurs: true };
}

const regional = (region: string): string =>
  `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

/** A name may hold characters that mean something in an address. A signature is over exactly these. */
const encoded = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The address of an object, or with an empty key of the bucket. `query` asks for more than that. */
export function s3Url(bucket: string, key: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(`s3://${bucket}/${key.split('/').map(encoded).join('/')}`);
  url.search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return url;
}

/** The key in the address of an object. Throws `bad_url`. */
export function keyOf(url: URL): string {
  try {
    return decodeURIComponent(url.pathname.replace(/^\//, ''));
  } catch (cause) {
    throw new PinkyError('bad_url', `${shown(url.href)}: a % in a key is written as %25`, { cause });
  }
}
