import { execFileSync } from 'node:child_process';
import {
  closeSync, constants, lstatSync, openSync, readlinkSync, readSync, rmSync, statSync, writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { utf8, type Encoding } from '@pinky/funpack-runner/light';
import { errnoOf, PinkyError } from '@pinky/protocol';

/** Makes the FIFOs that are missing, with mkfifo(1): Node has no call for it. Anything else at a path is replaced. */
export function makeFifos(paths: readonly string[]): void {
  const missing = paths.filter((path) => !isFifo(path));
  for (const path of missing) rmSync(path, { force: true, recursive: true });
  if (missing.length > 0) execFileSync('mkfifo', ['-m', '600', ...missing]);
}

function isFifo(path: string): boolean {
  try {
    return lstatSync(path).isFIFO();
  } catch {
    return false;
  }
}

/**
 * Where to write for a process that reads this FIFO as its stdin: that very FIFO, also where somebody has removed its
 * name since, and another one has it now. A pipe that never had this name is the game's own: its writer reads ours.
 */
export function pipeReadBy(pid: number, path: string): string {
  const held = `/proc/${pid}/fd/0`;
  try {
    const [own, named] = [statSync(held), statSync(path)];
    const isOurs = basename(readlinkSync(held)).replace(/ \(deleted\)$/, '') === basename(path);
    return own.isFIFO() && isOurs && (own.ino !== named.ino || own.dev !== named.dev) ? held : path;
  } catch {
    return path; // it has ended, or is another user's
  }
}

/** The longest line that a write to a FIFO never splits: PIPE_BUF of pipe(7), less the newline. */
const maxLineBytes = 4095;

/** The bytes of a line, with its newline. Throws `bad_text` if it is too long for one write. */
export function lineBytes(line: string, encoding: Encoding): Buffer {
  const bytes = encoding.encode(`${line}\n`);
  if (bytes.length <= maxLineBytes + 1) return bytes;
  throw new PinkyError(
    'bad_text',
    `a line of ${bytes.length} bytes is too long: at most ${maxLineBytes} bytes reach a game whole`,
  );
}

/**
 * The worker's end of a game's stdin. Worker and game both hold it open for reading and writing, so neither end of file
 * nor a missing reader troubles the game. Each line is one atomic write.
 */
export class StdinPipe {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /**
   * False if the pipe is full because the game does not read. Throws `bad_text` if the line is too long for one write.
   */
  writeLine(line: string, encoding: Encoding = utf8): boolean {
    const bytes = lineBytes(line, encoding);
    try {
      writeSync(this.#fd, bytes);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return false;
      throw error;
    }
  }

  /** Throws away the lines that a dead game did not read: an old `stop` would end the next game. */
  drain(): void {
    const scrap = Buffer.allocUnsafe(4096);
    try {
      while (readSync(this.#fd, scrap, 0, scrap.length, null) > 0);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
