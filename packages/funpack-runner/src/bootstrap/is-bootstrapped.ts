import { access } from 'node:fs/promises';

/**
 * Whether `sharedDir` can be used as it is, so that no runner need be started. `bin/bootstrap` fills a folder beside it,
 * and `sharedDir` becomes a link to that folder when it is whole.
 */
export async function isBootstrapped(sharedDir: string): Promise<boolean> {
  try {
    await access(sharedDir);
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
