import { readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { systemClock, withinWholeSecond } from '@pinky/protocol/base';

export interface HeartbeatSenderOptions {
  /** Time between two beats. Milliseconds. ServerEngine's `worker_heartbeat_interval` is 1 000. */
  readonly intervalMs: number;
  /** The pipe's write end. Default: the one that the parent named in `HEARTBEAT_FD`, if it named one. */
  readonly fd?: number;
  /** Called once when the other end is gone: the parent died, or closed the pipe. */
  readonly onParentLost?: () => void;
}

/** The environment variable in which a parent names the heartbeat pipe. */
export const heartbeatVariable = 'HEARTBEAT_FD';

const oneBeat = Buffer.from([0x2e]);

/**
 * The child's end of a heartbeat pipe: one byte per beat. It never blocks, but skips beats while the parent does not
 * read. It does not keep the process alive.
 */
export class HeartbeatSender {
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;

  private constructor(private readonly pipe: Socket, private readonly options: HeartbeatSenderOptions) {
    pipe.on('error', () => this.#lost()); // EPIPE: the reading end is closed
    pipe.on('close', () => this.#lost());
    pipe.on('end', () => this.#lost());
    pipe.resume(); // a socket pair ends when the parent dies, without waiting for the next beat
    pipe.unref();
    this.#every(options.intervalMs);
  }

  /** Undefined if the parent gave no pipe. The first beat is sent at once. */
  static start(options: HeartbeatSenderOptions): HeartbeatSender | undefined {
    const fd = options.fd ?? inheritedFd();
    if (fd === undefined || !isPipe(fd)) return undefined;
    return new HeartbeatSender(new Socket({ fd }), options);
  }

  /** Beats at another pace from now on. */
  set intervalMs(ms: number) {
    if (!this.#isLost) this.#every(ms);
  }

  /** Stops beating and closes the pipe. */
  stop(): void {
    this.#isLost = true;
    clearTimeout(this.#timer);
    this.pipe.destroy();
  }

  #every(ms: number): void {
    clearTimeout(this.#timer);
    this.#beat();
    this.#timer = setTimeout(() => this.#every(ms), withinWholeSecond(ms, systemClock.now())).unref();
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

/** Read once and removed, so that grandchildren do not take it for theirs. */
function inheritedFd(): number | undefined {
  const text = process.env[heartbeatVariable];
  delete process.env[heartbeatVariable];
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

/** Reads the link: after an `fstatSync` of a socket, Node 20.20's module loader takes symbolic links for folders. */
function isPipe(fd: number): boolean {
  try {
    return /^(pipe|socket):/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    return false; // ENOENT: started by hand, without a pipe
  }
}
