import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40;
const ofSystem = /^\/(?:dev|proc|sys)(?:\/|$)/;
const standardStream = /^\/dev\/std(?:out|err)$|^\/(?:dev|proc\/self)\/fd\/[12]$/;

/**
 * Where a path leads to, once its links are followed. A file that is rotated gets a new file at its place, and the link
 * must stay. A link into /dev or /proc, such as /dev/stdout, leads to a file that belongs to somebody else.
 */
export function logTarget(path: string): LogTarget {
  let at = path;
  for (let links = 0; links <= mostLinks; links += 1) {
    at = withRealFolder(at);
    if (standardStream.test(at)) return { stream: /err$|2$/.test(at) ? 'stderr' : 'stdout' };
    if (ofSystem.test(at)) return { path, isOfSystem: true };
    const link = linkAt(at);
    if (link === undefined) return { path: at, isOfSystem: false };
    at = link.startsWith('/') ? link : join(dirname(at), link);
  }
  return { path, isOfSystem: false }; // links in a circle: opening it fails and says so
}

/** The same path with all links of its folder followed. A missing folder stays as it is, and opening the file fails. */
function withRealFolder(path: string): string {
  // Each process has another /proc/self, and a file there is known by that name.
  if (standardStream.test(path)) return path;
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing there yet
  }
}
