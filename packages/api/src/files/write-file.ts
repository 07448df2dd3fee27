import { randomBytes } from 'node:crypto';
import { closeSync, constants, createWriteStream, fsync, openSync, renameSync, rmSync } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { PinkyError } from '@pinky/protocol';
import type { ServerFolder } from './server-folder.js';

/** Writes a file whole or not at all: beside its place, then by a rename. Throws `too_large` or `no_space`. */
export async function writeWhole(
  folder: ServerFolder,
  name: string,
  { content, mostBytes, mode }: { content: Readable; mostBytes: number; mode: number },
): Promise<void> {
  const draftName = `.pinky-${randomBytes(6).toString('hex')}.part`;
  const draft = folder.path(draftName);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(draft, flags, mode);
  try {
    try {
      await pipeline(content, limited(mostBytes), createWriteStream('', { fd, autoClose: false }));
      await promisify(fsync)(fd);
    } finally {
      closeSync(fd);
    }
    folder.give(draftName);
    renameSync(draft, folder.path(name));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function limited(mostBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= mostBytes) done(null, chunk);
      else done(new PinkyError('too_large', `a file may have ${mostBytes} bytes at most`));
    },
  });
}
