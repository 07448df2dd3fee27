import { readdirSync } from 'node:fs';

/** The names in a folder. None if it does not exist or cannot be read. */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // not made yet
  }
}
