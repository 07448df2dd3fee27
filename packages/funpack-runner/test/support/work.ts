import type { ErrorCode } from '@pinky/protocol';
import { inlineCodec } from '../../src/lzop/block-codec.js';
import type { WorkContext } from '../../src/task/work-context.js';

/** A context for work in this process. */
export const testWork = (more: Partial<WorkContext> = {}): WorkContext => ({
  codec: inlineCodec,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  onLine: () => undefined,
  wallNow: () => 1_700_000_000_000,
  ...more,
});

export const roomy = { maxBytes: 1e9, maxEntries: 10_000, maxRatio: 1_000 };

/** Expects a `PinkyError` of that code. */
export const failsWith = (code: ErrorCode) => expect.objectContaining({ name: 'PinkyError', code });

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes in chunks of that size, as from a slow source. */
export async function* inChunks(bytes: Buffer, size = 65_536): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
