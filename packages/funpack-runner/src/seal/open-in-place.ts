import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { isSealed, unseal, type FindKey } from './unseal.js';
import { sealMagic } from './format.js';

/** Replaces a sealed manifest by what it holds. Any other file stays as it is. */
export async function openInPlace(path: string, findKey: FindKey): Promise<void> {
  if (!path.endsWith('.gz') || !(await begins(path))) return;
  await pipeline(unseal(createReadStream(path), findKey), createWriteStream(`${path}.open`, { mode: 0o600 }));
  await rename(`${path}.open`, path);
}

async function begins(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(sealMagic.length), 0, sealMagic.length, 0);
    return isSealed(buffer);
  } finally {
    await file.close();
  }
}
