/** Takes formatted records. Nothing here throws: a log that fails must not end the process. */
export interface LogSink {
  /** Takes one or more whole lines unchanged. */
  append(text: string): void;
  /** Opens the file at the path again. Does nothing where there is no file. */
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
