import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Replaces a file whole or not at all: writes a new one beside it, then renames it (rename(2)). Mode 0600. Each file
 * has one writer.
 */
export function writeFileAtomic(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { mode: 0o600 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
