import { access } from 'node:fs/promises';
import type { Funpack } from '../funpack/read-funpack.js';

/** Written when `bin/bootstrap` has ended well. Beside the shared folder, which is the funpack's own. */
export const markerOf = (sharedDir: string): string => `${sharedDir}.done`;

/** Whether nothing is left to be done before `sharedDir` can be used: then no runner need be started. */
export async function isBootstrapped(funpack: Funpack, sharedDir: string): Promise<boolean> {
  try {
    await access(sharedDir);
    if (funpack.has.bootstrap) await access(markerOf(sharedDir));
    return true;
  } catch {
    return false; // not there, so not yet
  }
}
