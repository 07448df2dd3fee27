import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PinkyError, publicAddress as shown, type Source } from '@pinky/protocol';

export { shown };

/** The kind of a source's address. */
export type SourceKind =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'path'; readonly path: string }
  /** It is downloaded: an `http:`, `https:` or `s3:` address. */
  | { readonly kind: 'http'; readonly url: URL };

const plainName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Reads a source's address: a name to look for in the folders of funpacks, an absolute path, or a `file:`, `http:`,
 * `https:` or `s3:` address. The host of an `s3:` address is the store's, and is checked before it is asked. Throws
 * `bad_url` for anything else, for a host that is not allowed, and for a malformed SHA-256.
 */
export function sourceKind(source: Source, allowedHosts: readonly string[]): SourceKind {
  if (source.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(source.sha256)) {
    throw new PinkyError('bad_url', `${shown(source.url)}: its sha256 is not 64 hexadecimal digits`);
  }
  if (source.url.includes('\0')) throw new PinkyError('bad_url', 'the address holds a NUL character');
  if (isAbsolute(source.url)) return { kind: 'path', path: source.url };
  if (plainName.test(source.url)) return { kind: 'name', name: source.url };
  const url = parseUrl(source.url);
  switch (url.protocol) {
    case 'file:': return { kind: 'path', path: filePath(url) };
    case 'http:': case 'https:': return { kind: 'http', url: allowedUrl(url, allowedHosts) };
    case 's3:': return { kind: 'http', url: objectUrl(url) };
    default: throw new PinkyError('bad_url', `${shown(source.url)}: ${url.protocol} addresses are not read here`);
  }
}

/** The address itself, if its host is allowed. Checked again for every redirect. Throws `bad_url`. */
export function allowedUrl(url: URL, allowedHosts: readonly string[]): URL {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new PinkyError('bad_url', `${shown(url.href)}: ${url.protocol} addresses are not fetched`);
  }
  const isAllowed = allowedHosts.length === 0 || allowedHosts.some((host) => hostMatches(url, host.toLowerCase()));
  if (!isAllowed) {
    throw new PinkyError(
      'bad_url',
      `${shown(url.href)}: the host ${url.host} is not among \`allowed_hosts\` of pinky.yml`,
    );
  }
  return url;
}

/** `example.org`, `example.org:8080`, or `*.example.org` for every host below it. */
function hostMatches(url: URL, allowed: string): boolean {
  if (allowed.startsWith('*.')) return url.hostname.endsWith(allowed.slice(1));
  return allowed === url.hostname || allowed === url.host;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new PinkyError(
      'bad_url',
      `${shown(text)} is neither a name of a funpack, an absolute path, nor a file:, http:, https: or s3: address`,
      { cause },
    );
  }
}

const bucketName = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/** The address itself, if it names a bucket and an object in it. Throws `bad_url`. */
export function objectUrl(url: URL): URL {
  if (bucketName.test(url.hostname) && url.pathname.length > 1 && url.username === '' && url.port === '') return url;
  throw new PinkyError('bad_url', `${shown(url.href)} names no object of a store; write s3://bucket/key`);
}

function filePath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new PinkyError('bad_url', `${shown(url.href)} names no file of this machine`, { cause });
  }
}
