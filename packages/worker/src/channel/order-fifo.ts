import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, PinkyError, type FifoWay } from '@pinky/protocol';
import { lineBytes } from '../launch/fifo.js';
import { cannotTell, noReply, type Channel, type ChannelOptions, type Reply } from './channel.js';

/** How long nobody may read the FIFO before an order fails, and the pause between two tries, milliseconds. */
const patienceMs = 5_000;
const retryMs = 50;

/**
 * A FIFO in `working/` that the game reads. It stays open between two orders, so that the game meets no end of file. It
 * is only open for writing, so that an order which nobody reads fails.
 */
export class OrderFifo implements Channel {
  readonly #path: string;
  #fd: number | undefined;

  constructor({ path }: FifoWay, workingDir: string, private readonly options: ChannelOptions) {
    this.#path = join(workingDir, path);
  }

  /** Makes the FIFO, in the place of whatever else has that name. */
  make(): void {
    const stats = lstatSync(this.#path, { throwIfNoEntry: false });
    if (stats?.isFIFO()) return;
    if (stats) unlinkSync(this.#path);
    execFileSync('mkfifo', ['-m', '600', this.#path]);
    this.#giveToGame();
  }

  /** A game with a user of its own must be able to open what root has made for it. */
  #giveToGame(): void {
    const { uid, gid } = statSync(dirname(this.#path));
    if (process.getuid?.() !== 0 || uid === 0) return;
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (fstatSync(fd).isFIFO()) fchownSync(fd, uid, gid);
    closeSync(fd);
  }

  async say(lines: readonly string[]): Promise<Reply> {
    const bytesOf = (line: string): Buffer => lineBytes(line, this.options.encoding);
    for (const bytes of lines.map(bytesOf)) await this.#write(bytes);
    return noReply;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #write(bytes: Buffer): Promise<void> {
    const { clock, serverId } = this.options;
    for (let waitedMs = 0; ; waitedMs += retryMs) {
      const fault = this.#try(bytes);
      if (fault === undefined) return;
      if (waitedMs >= patienceMs) throw cannotTell(serverId, `the game does not read ${this.#path} (${fault})`);
      await clock.sleep(retryMs);
    }
  }

  /** One write of the whole line. Answers the error that passes once the game reads. */
  #try(bytes: Buffer): string | undefined {
    try {
      writeSync((this.#fd ??= this.#open()), bytes);
      return undefined;
    } catch (error) {
      if (error instanceof PinkyError) throw error;
      const code = errnoOf(error);
      if (code === 'EPIPE') this.close(); // the game has closed it, or is gone
      if (code === 'EAGAIN' || code === 'EPIPE' || code === 'ENXIO' || code === 'ENOENT') return code;
      throw code === undefined ? error : cannotTell(this.options.serverId, `${this.#path}: ${code}`);
    }
  }

  /** The game owns the folder, so what has the name may be a link or a file by now. */
  #open(): number {
    const fd = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if (fstatSync(fd).isFIFO()) return fd;
    closeSync(fd);
    throw cannotTell(this.options.serverId, `${this.#path} is no FIFO`);
  }
}
