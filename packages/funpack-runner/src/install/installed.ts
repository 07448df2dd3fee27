import { statSync } from 'node:fs';
import { readJsonObject, type InstalledPaths } from '@pinky/protocol';

/** The installation of a server: whose files these are, and which `working/` has them. */
export interface Installed {
  readonly format: 1;
  /** The digest of the funpack whose script made the files. */
  readonly digest: string;
  /** The installation before, whose files may still be in `working/`. */
  readonly before?: string;
  /** The identity of the folder that has the files. A restored world is another folder, and a parked one is not. */
  readonly folder?: string;
}

/** Undefined if no installation is whole. */
export function readInstalled({ state }: InstalledPaths): Installed | undefined {
  const read = readJsonObject(state);
  // Only the install task writes it, whole or not at all.
  return read?.['format'] === 1 ? (read as unknown as Installed) : undefined;
}

/**
 * Whether this `working/` has the files of that funpack's install script, so that no runner need be started. Nothing of
 * this is in `working/`, because a backup may hold only parts of that.
 */
export function isInstalled(paths: InstalledPaths, digest: string, workingDir: string): boolean {
  const installed = readInstalled(paths);
  return installed?.digest === digest && installed.folder !== undefined && installed.folder === folderOf(workingDir);
}

/** A folder keeps its inode when it is moved. The number is used again, so the time of the birth is beside it. */
export function folderOf(dir: string): string | undefined {
  const stats = statSync(dir, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}.${stats.birthtimeNs}`;
}
