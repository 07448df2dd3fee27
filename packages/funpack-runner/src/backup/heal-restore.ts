import { existsSync, renameSync } from 'node:fs';

/**
 * Where a restore keeps the new folder, the old one, the download and what an increment needs besides: beside the
 * folder itself.
 */
export const restorePaths = (into: string) => ({
  new: `${into}.new`,
  old: `${into}.old`,
  download: `${into}.download`,
  parts: `${into}.parts`,
});

/**
 * Puts the old folder back if a restore was killed between moving the old one away and the new one in. It is cheap,
 * and safe to call at any time.
 */
export function healRestore(into: string): void {
  const { old } = restorePaths(into);
  if (existsSync(old) && !existsSync(into)) renameSync(old, into);
}
