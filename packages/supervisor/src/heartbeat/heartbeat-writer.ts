import { readlinkSync } from 'node:fs';
import { Socket } from 'node:net';

export interface HeartbeatWriterOptions {
  /** Pause between two beats, milliseconds. ServerEngine's `worker_heartbeat_interval` is 1 000. */
  readonly intervalMs: number;
  /**
   * The pipe's write end. Default: the one that the parent named in `HEARTBEAT_FD`; without one there is nothing to do.
   */
  readonly fd?: number;
  /** The other end is gone: the parent died, or closed the pipe. Called once. */
  readonly onParentLost?: () => void;
}

/** The environment variable in which a parent names the heartbeat pipe. */
export const heartbeatVariable = 'HEARTBEAT_FD';

const oneBeat = Buffer.from([0x2e]);

/**
 * The child's end of a heartbeat pipe: one byte per beat. It never blocks: while the parent does not read, beats are
 * left out. It does not keep the process alive.
 */
export class HeartbeatWriter {
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;

  private constructor(private readonly pipe: Socket, private readonly options: HeartbeatWriterOptions) {
    pipe.on('error', () => this.#lost()); // EPIPE: the reading end is closed
    pipe.on('close', () => this.#lost());
    pipe.on('end', () => this.#lost());
    pipe.resume(); // a socket pair tells of the parent's death by its end, without waiting for a beat
    pipe.unref();
    this.#every(options.intervalMs);
  }

  /** Undefined where no pipe was handed over. The first beat goes out at once. */
  static start(options: HeartbeatWriterOptions): HeartbeatWriter | undefined {
    const fd = options.fd ?? inheritedFd();
    if (fd === undefined || !isPipe(fd)) return undefined;
    return new HeartbeatWriter(new Socket({ fd }), options);
  }

  /** Beats at another pace from now on. */
  set intervalMs(ms: number) {
    if (!this.#isLost) this.#every(ms);
  }

  /** Stops beating and closes the pipe. */
  stop(): void {
    this.#isLost = true;
    clearInterval(this.#timer);
    this.pipe.destroy();
  }

  #every(ms: number): void {
    clearInterval(this.#timer);
    this.#beat();
    this.#timer = setInterval(() => this.#beat(), ms);
    this.#timer.unref();
  }

  #beat(): void {
    if (this.pipe.writableLength === 0) this.pipe.write(oneBeat);
  }

  #lost(): void {
    if (this.#isLost) return;
    this.stop();
    this.options.onParentLost?.();
  }
}

/** Read once and forgotten, so that grandchildren do not take it for theirs. */
function inheritedFd(): number | undefined {
  const text = process.env[heartbeatVariable];
  delete process.env[heartbeatVariable];
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

/**
 * By its link: on Node 20.20 an `fstatSync` of a socket has the module loader see symbolic links as plain folders from
 * then on.
 */
function isPipe(fd: number): boolean {
  try {
    return /^(pipe|socket):/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    return false; // ENOENT: started by hand, without a pipe
  }
}
