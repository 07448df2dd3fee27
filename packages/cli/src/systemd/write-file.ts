import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file whole or not at all, and makes its folder. Throws the system's error. */
export function writeWhole(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const target = targetOf(path);
  const draft = `${target}.new`;
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true }); // a full disk leaves a part of it
    throw error;
  }
}

/** A link stays, and the file that it names is written. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it does not exist yet
  }
}
