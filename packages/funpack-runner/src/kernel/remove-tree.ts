import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  rmdirSync,
  unlinkSync,
  type Dirent,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '@pinky/protocol';
import { Pace } from '../archive/pace.js';
import { OpenFolder } from './open-folder.js';

/**
 * Removes a folder and everything in it, step by step from one open folder to the next: so paths may be longer than the
 * kernel takes, nothing outside is reached through a link, and folders without the right to write are no obstacle.
 */
export async function removeTree(path: string): Promise<void> {
  const pace = new Pace(undefined, '');
  for (const _ of removal(path)) await pace.step();
}

/** The same without a pause. */
export function removeTreeSync(path: string): void {
  for (const _ of removal(path)) continue;
}

function* removal(path: string): Generator<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) return unlinkSync(path);
  const parent = OpenFolder.at(dirname(path));
  try {
    yield* removeFolder(parent, Buffer.from(basename(path)).toString('latin1'));
  } finally {
    parent.close();
  }
}

/** Something may still be made in it while it is emptied, or not be told while other names go. */
const tries = 3;
/** Opens a folder for its path alone, which needs no right to read it (`O_PATH` of Linux). */
const pathOnly = 0o10000000;

interface Level {
  readonly name: string;
  readonly folder: OpenFolder;
  readonly entries: Iterator<Dirent>;
  readonly triesLeft: number;
}

/** By a list of open folders, not by recursion: two thousand folders within each other are no obstacle. */
function* removeFolder(parent: OpenFolder, name: string): Generator<void> {
  const open: Level[] = [levelOf(parent, name, tries)];
  try {
    for (let level = open.at(-1); level; level = open.at(-1)) {
      yield;
      const next = level.entries.next();
      const inner = next.done ? undefined : removeEntry(level.folder, next.value);
      if (inner) open.push(inner);
      if (!next.done) continue;
      open.pop();
      level.folder.close();
      const again = removeEmptied(open.at(-1)?.folder ?? parent, level);
      if (again) open.push(again);
    }
  } finally {
    for (const { folder } of open) folder.close();
  }
}

function levelOf(parent: OpenFolder, name: string, triesLeft: number): Level {
  const folder = openForRemoval(parent, name);
  return { name, folder, entries: folder.entries(), triesLeft };
}

/** Answers the level of a folder, which has to be emptied first. A file system may not tell what is one. */
function removeEntry(folder: OpenFolder, entry: Dirent): Level | undefined {
  if (entry.isDirectory()) return levelOf(folder, entry.name, tries);
  try {
    unlinkSync(folder.path(entry.name));
    return undefined;
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return undefined;
    if (errnoOf(failure) !== 'EISDIR') throw failure;
    return levelOf(folder, entry.name, tries);
  }
}

function removeEmptied(parent: OpenFolder, { name, triesLeft }: Level): Level | undefined {
  try {
    rmdirSync(parent.path(name));
    return undefined;
  } catch (failure) {
    if (errnoOf(failure) !== 'ENOTEMPTY' || triesLeft <= 1) throw failure;
    return levelOf(parent, name, triesLeft - 1);
  }
}

/** An unpacked funpack, or a game's own folder, may lack the rights that its removal needs. */
function openForRemoval(parent: OpenFolder, name: string): OpenFolder {
  const mode = (parent.stat(name)?.mode ?? 0o777) & 0o777;
  if ((mode & 0o700) !== 0o700) giveRights(parent, name, mode | 0o700);
  return parent.folder(name);
}

function giveRights(parent: OpenFolder, name: string, mode: number): void {
  const fd = openSync(parent.path(name), pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    closeSync(fd);
  }
}
