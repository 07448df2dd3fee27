import { chmodSync, closeSync, constants, lstatSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
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

function* removeFolder(parent: OpenFolder, name: string): Generator<void> {
  for (let left = tries; ; left--) {
    yield* emptyFolder(parent, name);
    try {
      return rmdirSync(parent.path(name));
    } catch (failure) {
      if (errnoOf(failure) !== 'ENOTEMPTY' || left === 1) throw failure;
    }
  }
}

function* emptyFolder(parent: OpenFolder, name: string): Generator<void> {
  const folder = openForRemoval(parent, name);
  try {
    for (const entry of folder.entries()) {
      yield;
      if (entry.isDirectory()) yield* removeFolder(folder, entry.name);
      else yield* removeOther(folder, entry.name);
    }
  } finally {
    folder.close();
  }
}

/** What a file system does not tell the kind of may be a folder. */
function* removeOther(folder: OpenFolder, name: string): Generator<void> {
  try {
    unlinkSync(folder.path(name));
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return;
    if (errnoOf(failure) !== 'EISDIR') throw failure;
    yield* removeFolder(folder, name);
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
