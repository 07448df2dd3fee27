import { closeSync, createReadStream, fstatSync, type BigIntStats } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import type { Reply, Request } from '../http/app.js';

/** An open file that is to be sent. It is closed afterwards, whatever happens. */
export interface SentFile {
  readonly fd: number;
  /** The name under which a browser saves it. */
  readonly name: string;
}

/** Tells one state of a file from every other. */
export const etagOf = ({ ino, size, mtimeNs }: BigIntStats): string =>
  `"${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}"`;

/** Sends a file or the range of it that was asked for. A download that broke off goes on with a range. */
export function sendFile(request: Request, reply: Reply, { fd, name }: SentFile): Reply {
  const stats = fstatSync(fd, { bigint: true });
  const [size, etag] = [Number(stats.size), etagOf(stats)];
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  });
  if (request.headers['if-none-match'] === etag) {
    closeSync(fd);
    return reply.code(304).send();
  }
  const range = rangeOf(request, size, etag);
  if (range === 'beyond') {
    closeSync(fd);
    reply.header('content-range', `bytes */${size}`);
    throw new PinkyError('bad_range', `the file has ${size} bytes`);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
  reply.type('application/octet-stream').header('content-length', end - start + 1);
  if (end < start) {
    closeSync(fd);
    return reply.send('');
  }
  return reply.send(createReadStream('', { fd, start, end }));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Undefined for the whole file: no range was asked for, several were, or the file has changed since (`If-Range`). */
function rangeOf({ headers }: Request, size: number, etag: string): Range | 'beyond' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const isStale = headers['if-range'] !== undefined && headers['if-range'] !== etag;
  if ((first === '' && last === '') || isStale) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  return start >= size || end < start ? 'beyond' : { start, end };
}
