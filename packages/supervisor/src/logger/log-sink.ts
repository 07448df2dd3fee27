import { normalize } from 'node:path';
import { linkEnd } from '../given-file/link-end.js';

/** Takes formatted records. Nothing here throws: a log that fails must not end the process. */
export interface LogSink {
  /** Takes one or more whole lines unchanged. */
  append(text: string): void;
  /** Opens the file at the path again. Does nothing if there is no file. */
  reopen(): void;
  close(): void;
}

/** A standard stream of this process as a sink. Keeps the stream's own `write`, so that a later hook does no harm. */
export class StreamSink implements LogSink {
  private readonly write: (text: string) => boolean;

  constructor(stream: NodeJS.WriteStream) {
    this.write = stream.write.bind(stream);
    // EPIPE: the reader has left. The process goes on without a log.
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  }

  append(text: string): void {
    this.write(text);
  }

  reopen(): void {}

  close(): void {}
}

const ignore = (): void => undefined;

/** A log's place: this process's standard stream, or a file. A file of the system is never rotated. */
export type LogTarget =
  { readonly stream: 'stdout' | 'stderr' } | { readonly path: string; readonly isOfSystem: boolean };

const ofSystem = /^\/(?:dev|proc|sys)(?:\/|$)/;
const standardStream = /^\/dev\/std(?:out|err)$|^\/(?:dev|proc\/self)\/fd\/[12]$/;

/**
 * Where a path leads to, once its links are followed. A file that is rotated gets a new file at its place, and the link
 * must stay. A link into /dev or /proc, such as /dev/stdout, leads to a file that belongs to somebody else.
 */
export function logTarget(path: string): LogTarget {
  // Each process has another /proc/self, and a file there is known by that name.
  const end = linkEnd(path, (at) => standardStream.test(at) || ofSystem.test(normalize(at)));
  if (standardStream.test(end)) return { stream: /err$|2$/.test(end) ? 'stderr' : 'stdout' };
  return ofSystem.test(end) ? { path, isOfSystem: true } : { path: end, isOfSystem: false };
}
