import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import type { Controller, Hierarchy } from './hierarchies.js';
import { settingsOf, type Limits } from './limits.js';

export interface CgroupOrder {
  readonly hierarchies: readonly Hierarchy[];
  /** The path below each hierarchy's folder, such as `pinky/<name of the home>/<server id>`. */
  readonly path: string;
  readonly limits: Limits;
}

export interface MadeCgroup {
  /** The folders that a process has to join. */
  readonly folders: readonly string[];
  /** The limits that could not be set, and why. */
  readonly missing: readonly { readonly limit: keyof Limits; readonly because: string }[];
}

/**
 * Makes the cgroup of one launch, and sets its limits. One that is there and empty is made anew: its counters begin at
 * zero, and it no longer answers for files that an earlier game had read. Never throws.
 */
export function makeCgroup({ hierarchies, path, limits }: CgroupOrder): MadeCgroup {
  const folders: string[] = [];
  const missing: { limit: keyof Limits; because: string }[] = [];
  const wanted = new Map(settingsOf(limits, 2).map(({ limit, controller }) => [limit, controller]));
  const lacks = (limit: keyof Limits, because: string): void => { missing.push({ limit, because }); };
  for (const hierarchy of ofUse(hierarchies, [...wanted.values()])) {
    const folder = join(hierarchy.dir, path);
    const failure = made(hierarchy, path);
    if (failure === undefined) folders.push(folder);
    for (const { limit, controller, file, value } of settingsOf(limits, hierarchy.version)) {
      if (!hierarchy.controllers.includes(controller)) continue;
      wanted.delete(limit);
      const because = failure ?? failureOf(() => writeFileSync(join(folder, file), value));
      if (because !== undefined) lacks(limit, because);
    }
  }
  for (const [limit, controller] of wanted) lacks(limit, `this machine has no cgroup controller ${controller}`);
  return { folders, missing };
}

/** The folders of a cgroup, as far as they are there. */
export const cgroupFolders = (hierarchies: readonly Hierarchy[], path: string): readonly string[] =>
  hierarchies.map(({ dir }) => join(dir, path)).filter((folder) => existsSync(folder));

/** Those with a controller that is wanted, and one that tells which processes belong to the game: v2, or freezer. */
function ofUse(hierarchies: readonly Hierarchy[], wanted: readonly Controller[]): readonly Hierarchy[] {
  const hasV2 = hierarchies.some(({ version }) => version === 2);
  return hierarchies.filter(({ version, controllers }) =>
    version === 2 || controllers.some((one) => wanted.includes(one) || (one === 'freezer' && !hasV2)),
  );
}

/** Answers why the folder could not be made. */
function made({ version, dir, controllers }: Hierarchy, path: string): string | undefined {
  const parts = path.split('/');
  return failureOf(() => {
    for (let at = dir, depth = 0; depth < parts.length; depth++) {
      if (version === 2) passOn(at, controllers);
      at = join(at, parts[depth] ?? '');
      if (depth === parts.length - 1) removeEmpty(at);
      make(at);
    }
  });
}

function make(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Has the children of a v2 cgroup get its controllers. One that cannot be passed on is missed by its limit. */
function passOn(folder: string, controllers: readonly Controller[]): void {
  const file = join(folder, 'cgroup.subtree_control');
  const has = readFileSync(file, 'utf8').trim().split(' ');
  for (const one of controllers.filter((each) => !has.includes(each))) failureOf(() => writeFileSync(file, `+${one}`));
}

/** Removes a cgroup in which no process is. */
function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
  }
}

/**
 * Removes the folders of a cgroup, and those above them that are of no more use. False if a process is still in one:
 * the kernel may need a moment to let it go.
 */
export function removeCgroup(folders: readonly string[], depth = 2): boolean {
  let isGone = true;
  for (const folder of folders) {
    if (!removeEmpty(folder)) isGone = false;
    for (let at = dirname(folder), left = depth; left > 0 && removeEmpty(at); left--) at = dirname(at);
  }
  return isGone;
}

function failureOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}
