import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errnoOf } from '@pinky/protocol';

/**
 * Replaces a file whole or not at all: writes a new one beside it, then renames it (rename(2)). Mode 0600. Each file
 * has one writer.
 */
export function writeFileAtomic(path: string, text: string): void {
  replaceFile(path, text, false);
}

/**
 * The same, with the content on the disk before the file has its name: a power cut leaves the old one or the new one,
 * and never an empty one.
 */
export function writeFileSynced(path: string, text: string): void {
  replaceFile(path, text, true);
}

function replaceFile(path: string, text: string, flush: boolean): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { mode: 0o600, flush });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Returns when the names in a folder are on the disk. */
export function syncNames(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error; // a share that cannot sync a folder
  } finally {
    closeSync(fd);
  }
}
