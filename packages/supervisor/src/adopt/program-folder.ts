import { constants, openSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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

/**
 * The folder that a process holds with `holdFolderOf`, told by its last two names, which are those of `program`'s own
 * folder. A copy of Pinky that was removed is named as it was. Undefined if the process holds none, as those of older
 * versions, or is not to be seen.
 */
export function heldFolder(pid: number, program: string): string | undefined {
  const ends = (folder: string): string => join(basename(dirname(folder)), basename(folder));
  const wanted = ends(dirname(program));
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`))
      .find((target) => ends(target) === wanted);
  } catch {
    return undefined; // it has ended, or is another user's
  }
}

/** The kernel marks what was removed (proc(5)). */
function targetOf(link: string): string {
  try {
    return readlinkSync(link).replace(/ \(deleted\)$/, '');
  } catch {
    return ''; // closed meanwhile
  }
}
