import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord } from '../funpack/checks.js';

/** Where a cache of funpacks keeps what. `cacheDir` is `$PINKY_HOME/cache`. */
export const cachePaths = (cacheDir: string) => ({
  /** Unpacked once, read-only. */
  unpacked: (digest: string) => join(cacheDir, 'funpacks', digest),
  /** What is known of one address or file: its digest and how to see that it has not changed. */
  known: (address: string) => join(cacheDir, 'funpacks', '.known', `${sha256(address).slice(0, 32)}.json`),
  /** Downloads and half-unpacked archives; moved from here when whole. */
  incoming: join(cacheDir, 'funpacks', '.incoming'),
  locks: join(cacheDir, 'funpacks', '.locks'),
});

/** Loaded when it is needed: a worker whose funpack is a folder never needs it. */
const sha256 = (text: string): string =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex');

/**
 * What is remembered of one address: the digest of what was there, and the validators that tell whether it still is.
 */
export interface KnownArchive {
  readonly sha256: string;
  /** A file's size, modification time and inode; an HTTP answer's ETag or Last-Modified. */
  readonly validators: Readonly<Record<string, string>>;
}

/** What is known of the address; undefined where nothing is, or what is there cannot be read. */
export function readKnown(cacheDir: string, address: string): KnownArchive | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(cachePaths(cacheDir).known(address), 'utf8'));
    if (!isRecord(value) || typeof value['sha256'] !== 'string' || !isRecord(value['validators'])) return undefined;
    const validators = Object.entries(value['validators']).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text] as const] : [],
    );
    return { sha256: value['sha256'], validators: Object.fromEntries(validators) };
  } catch {
    return undefined; // not known, or damaged: then it is fetched and written anew
  }
}

export function writeKnown(cacheDir: string, address: string, known: KnownArchive): void {
  const path = cachePaths(cacheDir).known(address);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(known));
  renameSync(`${path}.${process.pid}`, path);
}
