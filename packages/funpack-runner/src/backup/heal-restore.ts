import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';

/** Where a restore keeps what it makes and what it replaces, beside the folder itself. */
export const restorePaths = (into: string) => ({ new: `${into}.new`, old: `${into}.old`, download: `${into}.download` });

/**
 * Puts the old folder back where a restore was killed in the moment between moving the old one away and the new one in.
 * Cheap, and safe to call at any time.
 */
export async function healRestore(into: string): Promise<void> {
  const { old } = restorePaths(into);
  if (existsSync(old) && !existsSync(into)) await rename(old, into);
}
