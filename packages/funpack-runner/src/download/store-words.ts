import type { IncomingMessage } from 'node:http';
import { textOf } from '../s3/xml.js';

/** The words of a store that speaks S3 about a failure. */
export interface StoreWords {
  readonly code: string;
  readonly message: string;
}

/** An error is short. Anything longer is something else. */
const longest = 64 * 1024;
const longestMessage = 500;

/** Codes that S3 sends with a status that usually means a mistake, for what passes by itself. */
export const passingCodes: ReadonlySet<string> = new Set([
  'RequestTimeout',
  'SlowDown',
  'InternalError',
  'OperationAborted',
  'ServiceUnavailable',
]);

/** The body of an answer, as text. It is cut off where it is long, and ends early where the connection does. */
export const bodyOf = async (answer: IncomingMessage, most = longest): Promise<string> =>
  (await bytesOf(answer, most)).toString('utf8');

/** The same as bytes. */
export async function bytesOf(answer: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most) break;
    }
  } finally {
    answer.destroy();
  }
  return Buffer.concat(chunks);
}

/**
 * The store's own words in the answer. Undefined where it has none. Only code and message are taken, in one line: the
 * rest may repeat the request with its signature.
 */
export async function wordsOf(answer: IncomingMessage): Promise<StoreWords | undefined> {
  if (!/xml/.test(answer.headers['content-type'] ?? '')) {
    answer.destroy();
    return undefined;
  }
  return wordsIn(await bodyOf(answer).catch(() => '')); // the status still says something
}

export function wordsIn(xml: string): StoreWords | undefined {
  const code = textOf(xml, 'Code');
  if (code === undefined || !/<Error[\s>]/.test(xml)) return undefined;
  const message = (textOf(xml, 'Message') ?? '').replace(/\s+/g, ' ').trim();
  return { code: code.slice(0, 100), message: message.slice(0, longestMessage) };
}
