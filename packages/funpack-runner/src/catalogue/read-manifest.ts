import { createReadStream } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseObject, PinkyError } from '@pinky/protocol';
import { gunzip } from '../archive/gunzip.js';
import { Pace } from '../archive/pace.js';
import { isThere } from '../kernel/is-there.js';
import { ownKeys } from '../tar/pax.js';
import { manifestName, parseArchiveName } from './backup-names.js';
import type { ManifestEnd, ManifestEntry } from './manifest.js';

/** A path and a link have at most 4,095 bytes each, and a byte takes at most six characters. */
const maxLine = 1 << 16;
const newline = 0x0a;

/**
 * Reads a manifest in bounded memory: `onEntry` gets each line in its order. Answers the end line. Throws `bad_archive`
 * where the manifest is damaged or was cut short, and `cancelled`.
 */
export async function readManifest(
  path: string,
  signal: AbortSignal,
  onEntry: (entry: ManifestEntry) => void,
): Promise<ManifestEnd> {
  const pace = new Pace(signal, 'reading the manifest was cancelled');
  let end: ManifestEnd | undefined;
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      const step = pace.step();
      if (step) await step;
      const value = parseObject(line);
      if (!value || end) throw damaged(path);
      // Only Pinky writes manifests, and gzip's checksum says that this one is as it was written.
      if (value['end'] === 1) end = value as unknown as ManifestEnd;
      else onEntry(value as unknown as ManifestEntry);
    }
  }
  if (!end || end.version !== 1) throw damaged(path);
  return end;
}

/** How many lines there are, without a look into them. */
export async function countLines(path: string, signal: AbortSignal): Promise<number> {
  const pace = new Pace(signal, 'reading the manifest was cancelled');
  let count = 0;
  for await (const chunk of gunzip(createReadStream(path))) {
    await pace.step();
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) count += 1;
  }
  return count;
}

/**
 * The manifest of an archive, which lies beside it: under the archive's own name, or the one that it had when it was
 * made. Undefined where there is none, as with the backups of older versions.
 */
export function manifestBeside(archive: string, own: ReadonlyMap<string, string>): string | undefined {
  const parsed = parseArchiveName(basename(archive));
  const named = own.get(ownKeys.manifest);
  const names = [
    ...(parsed ? [manifestName(parsed.serverId, parsed.seconds)] : []),
    ...(named !== undefined && isFileName.test(named) ? [named] : []),
  ];
  return names.map((name) => join(dirname(archive), name)).find(isThere);
}

/** A name in an archive leads to no other folder. */
const isFileName = /^[A-Za-z0-9_-][\w.-]{1,200}$/;

async function* linesOf(path: string): AsyncGenerator<readonly string[]> {
  let rest = Buffer.alloc(0);
  for await (const chunk of gunzip(createReadStream(path))) {
    const end = chunk.lastIndexOf(newline);
    if (end >= 0) yield Buffer.concat([rest, chunk.subarray(0, end)]).toString('utf8').split('\n');
    rest = end >= 0 ? Buffer.from(chunk.subarray(end + 1)) : Buffer.concat([rest, chunk]);
    if (rest.length > maxLine) throw damaged(path);
  }
  if (rest.length > 0) throw damaged(path);
}

const damaged = (path: string): PinkyError =>
  new PinkyError('bad_archive', `the manifest ${path} is damaged or was cut short`);
