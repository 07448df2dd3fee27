import { existsSync, lutimesSync } from 'node:fs';

/**
 * Whether `sharedDir` can be used as it is, so that no runner need be started. `bin/bootstrap` fills a folder beside
 * it, and `sharedDir` becomes a link to that folder when it is whole. Asking counts as use, so it stays in the cache.
 */
export function isBootstrapped(sharedDir: string): boolean {
  if (!existsSync(sharedDir)) return false;
  const now = new Date();
  try {
    lutimesSync(sharedDir, now, now);
  } catch {
    // It belongs to another user, and only looks unused for longer.
  }
  return true;
}

/**
 * The folder that `bin/bootstrap` fills. It stays in that place for ever: programs write absolute paths into what they
 * install, so it cannot be filled elsewhere and moved.
 */
export const filledDir = (sharedDir: string): string => `${sharedDir}.data`;
