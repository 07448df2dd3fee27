import { createCipheriv, randomBytes } from 'node:crypto';
import { chunkBytes, cipherName, fingerprintOf, keyOfArchive, nonceOf, saltBytes, sealMagic } from './format.js';

/**
 * The bytes of an archive, sealed with the box's key. It takes as much memory as a chunk needs. A source may take its
 * memory back with the next chunk.
 */
export async function* seal(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  const salt = randomBytes(saltBytes);
  const head = Buffer.concat([sealMagic, Buffer.from(fingerprintOf(key), 'hex'), salt]);
  const archiveKey = keyOfArchive(key, salt);
  const sealed = (chunk: Buffer, number: number, isLast: boolean): Buffer => {
    const cipher = createCipheriv(cipherName, archiveKey, nonceOf(number, isLast)).setAAD(head);
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  };
  yield head;
  const held = Buffer.alloc(chunkBytes);
  let length = 0;
  let number = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length;) {
      if (length === chunkBytes) {
        yield sealed(held, number++, false); // only now it is known that it is not the last
        length = 0;
      }
      const taken = bytes.copy(held, length, at);
      length += taken;
      at += taken;
    }
  }
  yield sealed(held.subarray(0, length), number, true);
}
