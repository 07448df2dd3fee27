import { closeSync, constants, openSync, statSync } from 'node:fs';
import { errnoOf } from '@pinky/protocol/base';

const append = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY;

/**
 * Opens a file to append to it, and makes it if it is missing (`mode`, before the umask). Throws the system's error.
 * Opening a pipe would wait until somebody reads it: here that is an error (ENXIO), unless somebody does already. Then
 * writing waits for the reader, as at any pipe.
 */
export function openToAppend(path: string, mode: number): number {
  if (!statSync(path, { throwIfNoEntry: false })?.isFIFO()) return openSync(path, append, mode);
  const writer = openReadPipe(path); // stays open: a reader that sees no writer for a moment has seen the end
  let reader: number | undefined;
  try {
    // With a reader of our own for this moment, the next call cannot wait, even if the other reader has just left.
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return openSync(path, append);
  } finally {
    closeSync(writer);
    if (reader !== undefined) closeSync(reader);
  }
}

function openReadPipe(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) !== 'ENXIO') throw error;
    throw Object.assign(new Error(`ENXIO: nobody reads the pipe ${path}; start its reader first`), { code: 'ENXIO' });
  }
}
