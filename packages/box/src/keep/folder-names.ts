import { createHash } from 'node:crypto';
import { promises } from 'node:fs';
import { join } from 'node:path';
import { parkDir } from '@pinky/protocol';

interface Seen {
  readonly mtimeMs: number;
  readonly digest: string;
  /** Read at least twice since it changed: a name that came within the same tick of the kernel's clock is seen. */
  readonly isSettled: boolean;
}

/**
 * What lies in the folders of backups and of parked worlds. A folder is read only where its time has changed, which is
 * so for each name that comes or goes. The time alone would not do: a lock comes and goes as well, also that of a
 * round that finds nothing to do, and the next look would take it for news.
 */
export class FolderNames {
  #seen = new Map<string, Seen>();

  /** Changes with the archives and the parked worlds. A share that hangs holds up this look, and nothing else. */
  readonly mark = async (backupsDir: string, servers: string): Promise<string> => {
    const seen = new Map<string, Seen>();
    for (const parent of [join(backupsDir, 'worlds'), parkDir(servers)]) {
      const names: string[] = await promises.readdir(parent).catch(() => []); // nothing there yet
      for (const name of names.toSorted()) {
        const found = await this.#look(join(parent, name));
        if (found) seen.set(join(parent, name), found);
      }
    }
    this.#seen = seen;
    return [...seen].map(([dir, { digest }]) => `${dir} ${digest}`).join('\n');
  };

  /** Undefined where it was just removed, or is no folder. */
  async #look(dir: string): Promise<Seen | undefined> {
    try {
      const { mtimeMs } = await promises.stat(dir);
      const before = this.#seen.get(dir);
      const isSettled = before?.mtimeMs === mtimeMs;
      if (isSettled && before.isSettled) return before;
      const names = (await promises.readdir(dir)).filter(isLasting).toSorted();
      return { mtimeMs, digest: createHash('sha256').update(names.join('\n')).digest('base64'), isSettled };
    } catch {
      return undefined;
    }
  }
}

/** Locks, and files that are being written, come and go. */
const isLasting = (name: string): boolean => !name.startsWith('.') && !name.endsWith('.tmp');
