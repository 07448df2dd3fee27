import type { IncomingMessage } from 'node:http';

type Validators = Readonly<Record<string, string>>;

/** The headers that ask whether the body has changed, from our names for validators. */
export function conditions({ etag, lastModified }: Validators): Record<string, string> {
  if (etag !== undefined) return { 'if-none-match': etag };
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified };
}

export function validatorsOf(answer: IncomingMessage): Record<string, string> {
  const { etag, 'last-modified': lastModified } = answer.headers;
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

/**
 * The headers that ask for the rest of a body, or for all of it if it is another one by now (RFC 9110, If-Range).
 * Undefined where nothing has come, or where the server has not said which body it is. A weak ETag does not say it.
 */
export function rangeOf(
  { bytes, validators }: { readonly bytes: number; readonly validators: Validators },
): Record<string, string> | undefined {
  const { etag, lastModified } = validators;
  const same = etag === undefined || etag.startsWith('W/') ? lastModified : etag;
  return bytes === 0 || same === undefined ? undefined : { range: `bytes=${bytes}-`, 'if-range': same };
}

/** Whether the answer is the rest from that byte on. Any other answer begins at the beginning. */
export const isRestOf = (answer: IncomingMessage, from: number): boolean =>
  answer.statusCode === 206 && (answer.headers['content-range'] ?? '').startsWith(`bytes ${from}-`);
