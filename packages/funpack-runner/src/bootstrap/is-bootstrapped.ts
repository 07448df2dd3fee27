import { access, lutimes } from 'node:fs/promises';

/**
 * Whether `sharedDir` can be used as it is, so that no runner need be started. `bin/bootstrap` fills a folder beside it,
 * and `sharedDir` becomes a link to that folder when it is whole. Asked for is used: it stays in the cache for a while.
 */
export async function isBootstrapped(sharedDir: string): Promise<boolean> {
  try {
    await access(sharedDir);
    const now = new Date();
    await lutimes(sharedDir, now, now).catch(() => undefined); // another user's: it only looks unused for longer
    return true;
  } catch {
    return false; // not there, so not yet
  }
}

/**
 * What `bin/bootstrap` gets to fill. It stays in that place for ever: programs write absolute paths into what they
 * install, so it cannot be filled elsewhere and moved.
 */
export const filledDir = (sharedDir: string): string => `${sharedDir}.data`;
