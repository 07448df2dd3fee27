import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '@pinky/protocol';

/**
 * Makes a folder, and those above it that are missing. Node's own call with `recursive` never ends on some paths, such
 * as one below /proc: it makes the parent, is told again that it is missing, and so on.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, mode);
  } catch (failure) {
    if (errnoOf(failure) === 'EEXIST' && statSync(path).isDirectory()) return;
    if (errnoOf(failure) !== 'ENOENT' || dirname(path) === path) throw failure;
    makeFolder(dirname(path), mode);
    makeAlone(path, mode);
  }
}

/** Its parent is there now, so whatever fails here fails for good. */
function makeAlone(path: string, mode: number): void {
  try {
    mkdirSync(path, mode);
  } catch (failure) {
    if (errnoOf(failure) !== 'EEXIST') throw failure;
  }
}
