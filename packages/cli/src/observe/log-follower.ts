import { closeSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { errnoOf, namesIn, type Clock } from '@pinky/protocol';
import { Change } from '@pinky/protocol/console';
import { openRegularFile } from '@pinky/supervisor/pid-files';

const chunkBytes = 256 * 1024;
const lookAgainMs = 1000;
const restMs = 50;

/** One log that is followed. Its inode tells a rotated file from one that has grown. */
interface Followed {
  readonly inode: number;
  readonly decoder: StringDecoder;
  offset: number;
  held: string;
}

/** Hands on new lines of the logs in a folder: of every `*.log`, including those that are made later. */
export class LogFollower {
  readonly #files = new Map<string, Followed>();

  constructor(private readonly dir: string, private readonly onLine: (log: string, line: string) => void) {}

  /** Skips what the logs hold already. */
  skip(): void {
    for (const name of this.#names()) {
      const found = statSync(join(this.dir, name), { throwIfNoEntry: false });
      if (found) this.#files.set(name, { ...fresh(found.ino), offset: found.size });
    }
  }

  async follow(clock: Clock, signal: AbortSignal): Promise<void> {
    const change = new Change();
    try {
      while (!signal.aborted) {
        change.arm([this.dir]);
        this.look();
        await Promise.race([change.happened(), clock.rest(lookAgainMs, signal)]);
        if (!signal.aborted) await clock.rest(restMs, signal);
      }
    } finally {
      change.close();
    }
    this.look();
  }

  /** Hands on every whole line that is there now. */
  look(): void {
    for (const name of this.#names()) this.#read(name);
  }

  #names(): string[] {
    return namesIn(this.dir).filter((name) => name.endsWith('.log')).sort();
  }

  #read(name: string): void {
    const path = join(this.dir, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile()) return; // the lines of a pipe are another reader's
    let file = this.#files.get(name);
    if (!file || file.inode !== found.ino || found.size < file.offset) this.#files.set(name, (file = fresh(found.ino)));
    if (found.size === file.offset) return;
    for (let text = this.#chunk(path, file); text !== ''; text = this.#chunk(path, file)) this.#lines(name, file, text);
  }

  #chunk(path: string, file: Followed): string {
    try {
      const descriptor = openRegularFile(path);
      try {
        const buffer = Buffer.alloc(chunkBytes);
        const read = readSync(descriptor, buffer, 0, chunkBytes, file.offset);
        file.offset += read;
        return file.decoder.write(buffer.subarray(0, read));
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return '';
      throw error;
    }
  }

  #lines(name: string, file: Followed, text: string): void {
    const lines = (file.held + text).split('\n');
    file.held = lines.pop() ?? '';
    for (const line of lines) this.onLine(name.slice(0, -'.log'.length), line);
  }
}

const fresh = (inode: number): Followed => ({
  inode,
  decoder: new StringDecoder('utf8'),
  offset: 0,
  held: '',
});
