import { createHash, hkdfSync } from 'node:crypto';

/**
 * A sealed archive: a head, then chunks of AES-256-GCM. The head is `PINKYENC`, the version 1, the first 16 bytes of
 * the SHA-256 of the box's key, and 32 random bytes. Each chunk holds 64 KiB, the last one fewer or none at all, and
 * then its tag of 16 bytes. The archive has a key of its own: HKDF-SHA256 of the box's key with those random bytes. So
 * a nonce is only the chunk's number and whether it is the last, and no chunk can be moved, left out or cut off. The
 * head is authenticated with each chunk.
 */
export const sealMagic = Buffer.from('PINKYENC\x01', 'latin1');
export const fingerprintBytes = 16;
export const saltBytes = 32;
export const headBytes = sealMagic.length + fingerprintBytes + saltBytes;
export const chunkBytes = 64 * 1024;
export const tagBytes = 16;
export const cipherName = 'aes-256-gcm';

/** Which key an archive needs. It says nothing about the key itself. */
export const fingerprintOf = (key: Buffer): string =>
  createHash('sha256').update(key).digest('hex').slice(0, fingerprintBytes * 2);

export const keyOfArchive = (key: Buffer, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, 'pinky archive 1', 32));

export function nonceOf(chunk: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(chunk), 3);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
