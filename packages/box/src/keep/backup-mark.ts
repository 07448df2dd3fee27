import { promises } from 'node:fs';
import { join } from 'node:path';
import { parkDir } from '@pinky/protocol';

interface Seen {
  readonly mtimeMs: number;
  readonly mark: string;
  /** The folder's time was the same at two looks, so no change can hide in one tick of the clock. */
  readonly isSettled: boolean;
}

/**
 * Tells whether a backup was written or removed, a note of one changed, or a world was parked. It goes by names: each
 * lock that a runner takes changes the time of its folder. A folder is read only if its time has changed. A share that
 * hangs holds up this look, and nothing else.
 */
export class BackupMark {
  #seen = new Map<string, Seen>();

  /** Changes with each of these. */
  async of(backupsDir: string, servers: string): Promise<string> {
    const seen = new Map<string, Seen>();
    for (const parent of [join(backupsDir, 'worlds'), parkDir(servers)]) {
      const names: string[] = await promises.readdir(parent).catch(() => []); // nothing there yet
      for (const name of names.toSorted()) {
        const dir = join(parent, name);
        const now = await this.#look(dir).catch(() => undefined); // just removed
        if (now) seen.set(dir, now);
      }
    }
    this.#seen = seen;
    return JSON.stringify([...seen].map(([dir, { mark }]) => [dir, mark]));
  }

  async #look(dir: string): Promise<Seen | undefined> {
    const before = this.#seen.get(dir);
    const stats = await promises.stat(dir);
    if (!stats.isDirectory()) return undefined;
    const isSettled = before?.mtimeMs === stats.mtimeMs;
    const mark = before && isSettled && before.isSettled ? before.mark : await markOf(dir);
    return { mtimeMs: stats.mtimeMs, mark, isSettled };
  }
}

/** The names without locks and half-written files, and when each note was written. */
async function markOf(dir: string): Promise<string> {
  const names = (await promises.readdir(dir)).filter((name) => !name.startsWith('.') && !name.endsWith('.tmp'));
  const markOfName = async (name: string): Promise<string> => {
    if (!name.endsWith('.json')) return name;
    const stats = await promises.stat(join(dir, name)).catch(() => undefined); // just removed
    return `${name} ${stats?.mtimeMs}`;
  };
  return (await Promise.all(names.toSorted().map(markOfName))).join('\n');
}
