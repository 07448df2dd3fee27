import { readdirSync } from 'node:fs';

/** Names in a folder. None if it does not exist. */
export function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // not made yet
  }
}
