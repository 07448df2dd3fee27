import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { regularFileAt } from '@pinky/supervisor/pid-files';

/**
 * Writes a file whole or not at all, and makes its folder. A link stays, and the file that it leads to is written. A
 * masked unit is a link to a device, which nothing may replace: `bad_option`. Otherwise throws the system's error.
 */
export function writeWhole(path: string, text: string, mode: number): void {
  const target = regularFileAt(path);
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.new`;
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true }); // a full disk leaves a part of it
    throw error;
  }
}
