import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backupDir, manifestName, noteName, parseArchiveName } from '../catalogue/backup-names.js';
import { withCatalogue } from '../catalogue/backup-note.js';
import type { WorkContext } from '../task/work-context.js';
import { partsIn } from './part-writer.js';

/** Where a backup is being written. */
export interface Place {
  readonly dir: string;
  /** The seconds of its name. All older backups have smaller ones. */
  readonly seconds: number;
  /** The archive and the manifest while they are written. */
  readonly part: string;
  readonly manifestPart: string;
  readonly manifest: string;
  readonly note: string;
}

interface Where {
  readonly backupsDir: string;
  readonly serverId: string;
}

const besideName = /^[A-Za-z0-9_-]{1,64}\.(\d{1,15})\.(?:manifest\.gz|note\.json)$/;

/**
 * Takes a name for a backup, which nobody else takes: an empty manifest holds it. A second backup within a second, or
 * after the clock was set back, gets the second after the newest one. So the newest by name is really the newest.
 */
export const reserve = ({ backupsDir, serverId }: Where, work: WorkContext): Promise<Place> =>
  withCatalogue(backupsDir, serverId, work.signal, () => {
    const dir = backupDir(backupsDir, serverId);
    removeStale(dir);
    const part = join(dir, `.${process.pid}.part`);
    closeSync(openSync(part, 'wx', 0o600));
    const newest = Math.max(0, ...readdirSync(dir).map(secondsIn));
    const seconds = Math.max(Math.floor(work.wallNow() / 1000), newest + 1);
    const manifest = join(dir, manifestName(serverId, seconds));
    closeSync(openSync(manifest, 'wx', 0o600));
    const manifestPart = `${manifest}.${process.pid}.tmp`;
    return { dir, seconds, part, manifest, manifestPart, note: join(dir, noteName(serverId, seconds)) };
  });

/** Gives a name back, unless its archive has got it. */
export function giveBack({ dir, seconds, part, manifest, manifestPart, note }: Place): void {
  try {
    for (const path of [part, manifestPart]) rmSync(path, { force: true });
    const isPublished = readdirSync(dir).some((name) => parseArchiveName(name)?.seconds === seconds);
    for (const path of isPublished ? [] : [manifest, note]) rmSync(path, { force: true });
  } catch {
    // the next backup removes it, as after a kill; the failure before this one is the one to tell
  }
}

const secondsIn = (name: string): number =>
  parseArchiveName(name)?.seconds ?? Number(besideName.exec(name)?.[1] ?? 0);

/** Removes what is half written by runners that were killed. A living one's stays. */
function removeStale(dir: string): void {
  const names = readdirSync(dir);
  const parts = partsIn(dir);
  for (const { name } of parts.filter(({ isAlive }) => !isAlive)) rmSync(join(dir, name), { force: true });
  if (parts.some(({ isAlive }) => isAlive)) return;
  const whole = new Set(names.map((name) => parseArchiveName(name)?.seconds));
  for (const name of names) {
    const beside = besideName.exec(name);
    const isOrphan = beside !== null && !whole.has(Number(beside[1]));
    if (isOrphan || name.endsWith('.tmp')) rmSync(join(dir, name), { force: true });
  }
}
