import { readdirSync } from 'node:fs';

/** Names in a folder. None if it does not exist. */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // not made yet
  }
}
