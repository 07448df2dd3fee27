import { Cgroup, findHierarchies, guiseOf, makeCgroup, removeCgroup } from '@pinky/jail';
import type { ServerFiles } from '../record/server-files.js';
import { cgroupPath, type Confinement } from './confinement.js';

/**
 * The folders of the cgroup in which a funpack's other programs run. It is not the game's: a backup must not use up
 * the memory that the game may have.
 */
const hookFolders = ({ box, serverId }: ServerFiles): readonly string[] =>
  makeCgroup({ hierarchies: findHierarchies(), path: `${cgroupPath(box.home, serverId)}.hooks`, limits: {} }).folders;

const join = 'for folder in $0; do echo 0 >"$folder/cgroup.procs"; done 2>/dev/null; exec "$@"';

/** The words that come before a funpack's program: it runs where all that it leaves is found. */
export function inHooks(files: ServerFiles, confinement: Confinement | undefined): readonly string[] {
  const folders = confinement ? hookFolders(files) : []; // as before, for a game that was started before
  return folders.length > 0 ? ['/bin/sh', '-c', join, folders.join(' ')] : [];
}

/** The same for a program that may do what the game may, and no more. */
export function underGuise(files: ServerFiles, confinement: Confinement | undefined): readonly string[] {
  const { jail, working } = files.paths;
  const guise = confinement?.isolation && guiseOf(confinement.isolation, jail, working).hook;
  return [...inHooks(files, confinement), ...(guise ?? [])];
}

/** Ends whatever the funpack's programs have left running. */
export function endHooks(files: ServerFiles, confinement: Confinement | undefined): void {
  const folders = confinement ? hookFolders(files) : [];
  if (new Cgroup(folders).kill()) removeCgroup(folders);
}
