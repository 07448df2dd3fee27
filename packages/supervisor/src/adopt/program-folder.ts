import { constants, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Keeps the folder of a program open for as long as the process lives, so that `/proc/<pid>/fd` tells which copy of
 * Pinky it runs from. Nothing else does: the title takes the place of the command line. The Debian package removes no
 * copy that is held. `program` is the path of the program's file.
 */
export function holdFolderOf(program: string): void {
  try {
    openSync(dirname(program), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // It was removed already, or there is no descriptor left. The process works all the same.
  }
}
