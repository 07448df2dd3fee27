import { closeSync, openSync, readSync, watch, type FSWatcher } from 'node:fs';

export interface FollowerOptions {
  readonly path: string;
  /** Where to begin: at the start of a line. */
  readonly offset: number;
  /** Takes bytes as they are in the file. The buffer is used again after the call. */
  readonly onBytes: (bytes: Buffer) => void;
  /** Called when everything that was there has been handed over. */
  readonly onIdle?: () => void;
  /** Whether somebody waits for what comes next. Default: always. */
  readonly isAwaited?: () => boolean;
}

const chunkBytes = 64 * 1024;

/**
 * Rests between two readings while lines keep coming, milliseconds. They are short after a silence and after an order
 * to the game: a lone line is seen at once, and an answer soon. They grow while a game chatters, because each wake-up
 * costs more than the lines that it brings. For 20 games with 1,000 lines a second, a line cost 6.1 µs with 40 ms rests
 * and 3.8 µs with 100 ms rests.
 */
const shortestRestMs = 10;
const longestRestMs = 100;
/**
 * The longest rest while nobody waits and the game says little: an event is seen a quarter of a second late at most.
 * Most of what such a line costs is code that has gone cold between two readings.
 */
const longestCalmRestMs = 250;
/** A reading of more bytes than this is much: what comes in a long rest must fit into memory until it is published. */
const muchBytes = 32 * 1024;

/** Pause between two looks at a file that cannot be watched, milliseconds. */
const pollMs = 200;

/** One buffer for all followers of a process: each reading hands its bytes over before the next one begins. */
const sharedBuffer = Buffer.allocUnsafeSlow(chunkBytes);

/**
 * Follows a file that another process appends to. After a silence, a file watch wakes it. While data keeps coming, it
 * puts the watch away and reads in batches, because a watch wakes for every single write.
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

  /** The offset of the next byte to read. */
  get offset(): number {
    return this.#offset;
  }

  start(): void {
    if (!this.#timer && !this.#watcher) this.#wake();
  }

  /** Reads to the present end of the file, at once. */
  catchUp(): void {
    while (!this.#isClosed && this.#read() === chunkBytes);
  }

  /** Somebody waits for what comes next, so rests are short again. */
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

  /**
   * One turn: reads a chunk. If there is more, it goes on at once; if there was something, it rests; else it watches.
   */
  #wake(): void {
    if (this.#isClosed) return;
    const bytes = this.#read();
    if (this.#isClosed) return;
    if (bytes === chunkBytes) {
      this.#timer = setTimeout(() => this.#wake(), 0);
      return;
    }
    this.options.onIdle?.();
    if (bytes > 0) this.#rest(bytes > muchBytes);
    else this.#arm();
  }

  #rest(isMuch = false): void {
    this.#timer = setTimeout(() => this.#wake(), this.#restMs);
    const isCalm = !isMuch && this.options.isAwaited?.() === false;
    this.#restMs = Math.min(this.#restMs * 2, isCalm ? longestCalmRestMs : longestRestMs);
  }

  #arm(): void {
    this.#restMs = shortestRestMs;
    const watcher = watchFile(this.options.path, () => this.#disarm(watcher));
    if (!watcher) {
      this.#timer = setTimeout(() => this.#wake(), pollMs);
      return;
    }
    this.#watcher = watcher;
    // Nobody would wake for bytes that were written between the last reading and the watch.
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
 * Undefined if the kernel grants no more watches. By default a user has 128 inotify instances, and each process needs
 * one.
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
