/** Where formatted records go. Nothing here throws: a log that fails must not end what it logs. */
export interface LogSink {
  /** Takes one or more whole lines as they are. */
  append(text: string): void;
  /** Opens the file at the path again; nothing where there is no file. */
  reopen(): void;
  close(): void;
}

/**
 * A standard stream of this process as a sink. The stream's own `write` is kept, so that hooking it later does no harm.
 */
export class StreamSink implements LogSink {
  private readonly write: (text: string) => boolean;

  constructor(stream: NodeJS.WriteStream) {
    this.write = stream.write.bind(stream);
    // EPIPE: the reader left; the process goes on without a log
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  }

  append(text: string): void {
    this.write(text);
  }

  reopen(): void {}

  close(): void {}
}

const ignore = (): void => undefined;
