import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord } from '../funpack/checks.js';

/** The parts of a cache that hold what came from an address. */
export type CacheKind = 'funpacks' | 'worlds';

/** The paths in a cache. `cacheDir` is `$PINKY_HOME/cache`. */
export const cachePaths = (cacheDir: string) => ({
  /** Unpacked once, read-only. */
  unpacked: (digest: string) => join(cacheDir, 'funpacks', digest),
  /** Archives of worlds as they were fetched, by their SHA-256. */
  world: (digest: string) => join(cacheDir, 'worlds', digest),
  /** The record of one address or file: its digest, and the values that show whether it has changed. */
  known: (address: string, kind: CacheKind = 'funpacks') =>
    join(cacheDir, kind, '.known', `${sha256(address).slice(0, 32)}.json`),
  /** Downloads and half-unpacked archives, which are moved away when they are whole. */
  incoming: join(cacheDir, 'funpacks', '.incoming'),
  locks: join(cacheDir, 'funpacks', '.locks'),
});

/** `node:crypto` is loaded when it is needed: a worker whose funpack is a folder never needs it. */
const sha256 = (text: string): string =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');

/**
 * The record of one address: the digest of its archive, and the validators that show whether it is still the same.
 */
export interface KnownArchive {
  readonly sha256: string;
  /** Its MD5, if somebody has asked for that. */
  readonly md5?: string;
  /** A file's size, modification time and inode; an HTTP answer's ETag or Last-Modified. */
  readonly validators: Readonly<Record<string, string>>;
}

/** The record of the address. Undefined if there is none, or if it cannot be read. */
export function readKnown(cacheDir: string, address: string, kind?: CacheKind): KnownArchive | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(cachePaths(cacheDir).known(address, kind), 'utf8'));
    if (!isRecord(value) || typeof value['sha256'] !== 'string' || !isRecord(value['validators'])) return undefined;
    const validators = Object.entries(value['validators']).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text] as const] : [],
    );
    const { sha256: digest, md5 } = value;
    return { sha256: digest, ...(typeof md5 === 'string' && { md5 }), validators: Object.fromEntries(validators) };
  } catch {
    return undefined; // unknown or damaged: it is fetched and written again
  }
}

export function writeKnown(cacheDir: string, address: string, known: KnownArchive, kind?: CacheKind): void {
  const path = cachePaths(cacheDir).known(address, kind);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(known));
  renameSync(`${path}.${process.pid}`, path);
}
