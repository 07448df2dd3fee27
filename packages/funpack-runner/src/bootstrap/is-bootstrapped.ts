import { existsSync, lutimesSync } from 'node:fs';

/**
 * Whether `sharedDir` can be used as it is, so that no runner need be started. `bin/bootstrap` fills a folder beside
 * it, and `sharedDir` becomes a link to that folder when it is whole. Asked for is used: it stays in the cache for a
 * while.
 */
export function isBootstrapped(sharedDir: string): boolean {
  if (!existsSync(sharedDir)) return false;
  const now = new Date();
  try {
    lutimesSync(sharedDir, now, now);
  } catch {
    // another user's: it only looks unused for longer
  }
  return true;
}

/**
 * What `bin/bootstrap` gets to fill. It stays in that place for ever: programs write absolute paths into what they
 * install, so it cannot be filled elsewhere and moved.
 */
export const filledDir = (sharedDir: string): string => `${sharedDir}.data`;
