import { closeSync, constants, createWriteStream, fsync, openSync, renameSync, rmSync } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { PinkyError } from '@pinky/protocol';
import { freedBy } from '../space/disk-use.js';
import type { SpaceClaim } from '../space/space-claim.js';
import type { ServerFolder } from './server-folder.js';

export interface WholeFile {
  readonly content: Readable;
  readonly mostBytes: number;
  readonly mode: number;
  readonly claim: SpaceClaim;
}

/**
 * Writes a file whole or not at all: beside its place, then by a rename. Answers with its length, and with the bytes
 * that came free by what it has replaced. Throws `too_large`, `over_quota` or `no_space`.
 */
export async function writeWhole(
  folder: ServerFolder,
  name: string,
  { content, mostBytes, mode, claim }: WholeFile,
): Promise<{ readonly bytes: number; readonly freed: number }> {
  const draft = folder.path(claim.draft);
  const counted = limited(mostBytes, claim);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(draft, flags, mode);
  try {
    try {
      await pipeline(content, counted.stream, createWriteStream('', { fd, autoClose: false }));
      await promisify(fsync)(fd);
    } finally {
      closeSync(fd);
    }
    folder.give(claim.draft);
    const before = folder.stat(name);
    renameSync(draft, folder.path(name));
    return { bytes: counted.bytes(), freed: before ? freedBy(before) : 0 };
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Lets so many bytes through, as long as there is space for them, and says how many there were. */
export function limited(
  mostBytes: number,
  claim: SpaceClaim,
): { readonly stream: Transform; readonly bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      try {
        if (bytes > mostBytes) throw new PinkyError('too_large', `a file may have ${mostBytes} bytes at most`);
        claim.reach(bytes);
        done(null, chunk);
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
  return { stream, bytes: () => bytes };
}
