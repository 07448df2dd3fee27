import { closeSync, openSync, readSync, watch, type FSWatcher } from 'node:fs';

export interface FollowerOptions {
  readonly path: string;
  /** Where to begin: the start of a line. */
  readonly offset: number;
  /** Bytes as they stand in the file; the buffer is reused after the call. */
  readonly onBytes: (bytes: Buffer) => void;
  /** Called after everything that was there has been handed over. */
  readonly onIdle?: () => void;
}

const chunkBytes = 64 * 1024;

/**
 * Rests between two readings while lines keep coming, milliseconds: short after a silence and after an order to the
 * game, so that a lone line is seen at once and an answer soon; longer while a game chatters, because each wake-up
 * costs more than the lines it brings (20 games of 1,000 lines a second: 6.1 µs a line with 40 ms rests, 3.8 with 100
 * ms).
 */
const shortestRestMs = 10;
const longestRestMs = 100;

/** Between two looks at a file that cannot be watched, milliseconds. */
const pollMs = 200;

/** One buffer for all followers of a process: a reading hands its bytes over before the next begins. */
const sharedBuffer = Buffer.allocUnsafeSlow(chunkBytes);

/**
 * Follows a file that another process appends to. A file watch wakes it after a silence; while data keeps coming the
 * watch is put away and it reads in batches, because a watch left armed wakes for every single write.
 */
export class Follower {
  readonly #fd: number;
  #offset: number;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restMs = shortestRestMs;
  #isClosed = false;

  constructor(private readonly options: FollowerOptions) {
    this.#fd = openSync(options.path, 'r');
    this.#offset = options.offset;
  }

  /** Where the next byte to read stands. */
  get offset(): number {
    return this.#offset;
  }

  start(): void {
    if (!this.#timer && !this.#watcher) this.#wake();
  }

  /** Reads to the present end of the file at once. */
  catchUp(): void {
    while (!this.#isClosed && this.#read() === chunkBytes);
  }

  /** Somebody waits for what comes next: rests are short again. */
  hurry(): void {
    if (this.#isClosed || !this.#timer || this.#restMs === shortestRestMs) return;
    clearTimeout(this.#timer);
    this.#restMs = shortestRestMs;
    this.#rest();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watcher?.close();
    clearTimeout(this.#timer);
    closeSync(this.#fd);
  }

  /** One turn: a chunk, then on at once if there is more, else a rest if there was any, else the watch. */
  #wake(): void {
    if (this.#isClosed) return;
    const bytes = this.#read();
    if (this.#isClosed) return;
    if (bytes === chunkBytes) {
      this.#timer = setTimeout(() => this.#wake(), 0);
      return;
    }
    this.options.onIdle?.();
    if (bytes > 0) this.#rest();
    else this.#arm();
  }

  #rest(): void {
    this.#timer = setTimeout(() => this.#wake(), this.#restMs);
    this.#restMs = Math.min(this.#restMs * 2, longestRestMs);
  }

  #arm(): void {
    this.#restMs = shortestRestMs;
    const watcher = watchFile(this.options.path, () => this.#disarm(watcher));
    if (!watcher) {
      this.#timer = setTimeout(() => this.#wake(), pollMs);
      return;
    }
    this.#watcher = watcher;
    // What was written between the last reading and the watch would wake nobody.
    if (this.#read() > 0) this.#disarm(watcher, shortestRestMs);
  }

  #disarm(watcher: FSWatcher | undefined, afterMs = 0): void {
    if (!watcher || this.#watcher !== watcher) return;
    this.#watcher = undefined;
    watcher.close();
    if (afterMs > 0) this.#rest();
    else this.#wake();
  }

  #read(): number {
    const bytes = readSync(this.#fd, sharedBuffer, 0, chunkBytes, this.#offset);
    if (bytes === 0) return 0;
    this.#offset += bytes;
    this.options.onBytes(sharedBuffer.subarray(0, bytes));
    return bytes;
  }
}

/**
 * Undefined where the kernel grants no more watches: a user has 128 inotify instances by default, and each process
 * needs one.
 */
function watchFile(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: true }, onChange);
    watcher.on('error', onChange);
    return watcher;
  } catch {
    return undefined;
  }
}
