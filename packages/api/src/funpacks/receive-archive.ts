import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, linkSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoOf, PinkyError } from '@pinky/protocol';

export interface IncomingArchive {
  readonly content: Readable;
  readonly mostBytes: number;
  /** In hex. Absent: nobody has said it. */
  readonly sha256?: string | undefined;
}

/**
 * Writes an archive to its place, whole or not at all, and answers with its SHA-256. Replaces nothing. Throws
 * `checksum_mismatch`, `too_large`, `no_space`, or `conflict` where there is one already.
 */
export async function receiveArchive(
  path: string,
  { content, mostBytes, sha256 }: IncomingArchive,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      if (bytes <= mostBytes) done(null, chunk);
      else done(new PinkyError('too_large', `an archive may have ${mostBytes} bytes at most`));
    },
  });
  try {
    await pipeline(content, counted, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
    const digest = hash.digest('hex');
    assertSame(digest, sha256);
    linkSync(draft, path); // it fails where there is one, which a rename would replace
    return digest;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw new PinkyError('conflict', 'a funpack of this name is there already');
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function assertSame(digest: string, wanted: string | undefined): void {
  if (wanted === undefined || wanted.toLowerCase() === digest) return;
  throw new PinkyError('checksum_mismatch', `the archive that came has the SHA-256 ${digest}`);
}
