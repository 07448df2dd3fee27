import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { boxPaths, errnoOf } from '@pinky/protocol';

/**
 * The crash reports of a server that somebody has removed, by their ids. A report is made of the journal, which is the
 * worker's, so what is removed is noted here instead. The file lies in the server's history and goes with it at `rm`.
 */
export class RemovedCrashes {
  readonly #file: string;

  constructor(home: string, serverId: string) {
    this.#file = join(boxPaths(home).history(serverId), 'removed-crashes.json');
  }

  async read(): Promise<ReadonlySet<string>> {
    try {
      const ids: unknown = JSON.parse(await readFile(this.#file, 'utf8'));
      return new Set(Array.isArray(ids) ? ids.map(String) : []);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new Set(); // none was removed yet
      throw error;
    }
  }

  /** Replaces the ids, whole or not at all. Calls must not overlap. */
  async write(ids: readonly string[]): Promise<void> {
    const draft = `${this.#file}.${randomBytes(6).toString('hex')}.part`;
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(ids)}\n`, { mode: 0o600, flush: true });
    await rename(draft, this.#file);
  }
}
