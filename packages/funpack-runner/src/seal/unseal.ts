import { createDecipheriv } from 'node:crypto';
import { PinkyError } from '@pinky/protocol';
import {
  chunkBytes,
  cipherName,
  fingerprintBytes,
  headBytes,
  keyOfArchive,
  nonceOf,
  sealMagic,
  tagBytes,
} from './format.js';

/** Finds the key with that fingerprint. Undefined where the box does not have it. */
export type FindKey = (fingerprint: string) => Buffer | undefined;

export const isSealed = (start: Buffer): boolean =>
  start.subarray(0, sealMagic.length).equals(sealMagic);

/** The fingerprint of the key that opens a sealed archive, by its beginning. */
export const fingerprintIn = (start: Buffer): string =>
  start.subarray(sealMagic.length, sealMagic.length + fingerprintBytes).toString('hex');

/**
 * The bytes of a sealed archive, each only after it was found to be as it was sealed. Throws `no_key` where the box
 * does not have its key, and `bad_archive` where a byte was changed, moved or cut off, here or while it is read. The
 * source's own bytes are handed to `onUsedUp`.
 */
export async function* unseal(
  source: AsyncIterable<Buffer>,
  findKey: FindKey,
  onUsedUp: (bytes: Buffer) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const sealedBytes = chunkBytes + tagBytes;
  const held = Buffer.alloc(headBytes + sealedBytes);
  let length = 0;
  let number = 0;
  let open: ((chunk: Buffer, isLast: boolean) => Buffer) | undefined;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length;) {
      if (open && length === sealedBytes) {
        yield open(held.subarray(0, length), false); // more follows, so it is not the last
        length = 0;
      }
      const wanted = (open ? sealedBytes : headBytes) - length;
      const taken = bytes.copy(held, length, at, Math.min(bytes.length, at + wanted));
      length += taken;
      at += taken;
      if (open || length < headBytes) continue;
      open = opener(Buffer.from(held.subarray(0, headBytes)), findKey, () => number++);
      length = 0;
    }
    onUsedUp(bytes);
  }
  if (!open) throw new PinkyError('bad_archive', 'the encrypted archive is cut off within its head');
  yield open(held.subarray(0, length), true);
}

function opener(head: Buffer, findKey: FindKey, next: () => number): (chunk: Buffer, isLast: boolean) => Buffer {
  const fingerprint = fingerprintIn(head);
  const key = findKey(fingerprint);
  if (!key) {
    throw new PinkyError('no_key', `the archive needs the key ${fingerprint}, which this box does not have`);
  }
  const archiveKey = keyOfArchive(key, head.subarray(sealMagic.length + fingerprintBytes));
  return (chunk, isLast) => {
    if (chunk.length < tagBytes) throw damaged();
    const [body, tag] = [chunk.subarray(0, -tagBytes), chunk.subarray(-tagBytes)];
    const decipher = createDecipheriv(cipherName, archiveKey, nonceOf(next(), isLast)).setAAD(head).setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      throw damaged();
    }
  };
}

const damaged = (): PinkyError =>
  new PinkyError('bad_archive', 'the encrypted archive is damaged, was changed, or is cut off');
