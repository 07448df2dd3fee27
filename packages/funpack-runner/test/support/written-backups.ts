import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ManifestEnd, ManifestEntry } from '../../src/catalogue/manifest.js';

/** A backup's manifest: the last line of each path, and the end. */
export function manifestOf(url: string): { entries: Map<string, ManifestEntry>; end: ManifestEnd } {
  const path = fileURLToPath(url);
  const [, stem = ''] = /^(.*\.\d+)\.(?:incremental\.)?tar\./.exec(basename(path)) ?? [];
  const lines = gunzipSync(readFileSync(join(dirname(path), `${stem}.manifest.gz`))).toString().trimEnd().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as ManifestEntry | ManifestEnd);
  const end = parsed.pop();
  if (!end || !('end' in end)) throw new Error('the manifest has no end');
  return { entries: new Map(parsed.flatMap((one) => ('end' in one ? [] : [[one.p, one]]))), end };
}

/** Puts a world together as a person would without Pinky: the base, less what is gone, and the increment over it. */
export async function byHand(url: string, into: string): Promise<string> {
  const { entries, end } = manifestOf(url);
  const archive = fileURLToPath(url);
  mkdirSync(into);
  if (end.base) {
    const beside = join(dirname(archive), end.base.archive);
    unpack(existsSync(beside) ? beside : join(dirname(archive), '.bases', end.base.archive), into);
  }
  for (const path of await readdir(into, { recursive: true }))
    if (!entries.has(Buffer.from(path).toString('latin1'))) rmSync(join(into, path), { recursive: true, force: true });
  unpack(archive, into);
  for (const { p, b, m, mt = '0' } of entries.values()) {
    if (b !== 1) continue;
    chmodSync(join(into, p), m);
    utimesSync(join(into, p), Number(mt) / 1e9, Number(mt) / 1e9);
  }
  return into;
}

const unpack = (archive: string, into: string): void => {
  const program = { lzo: 'lzop -dc', zst: 'zstd -dc', gz: 'gzip -dc' }[archive.split('.').at(-1) ?? ''];
  execFileSync('bash', ['-c', `${program} "$0" | tar x -p -C "$1"`, archive, into]);
};
