import { chownSync, closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync, type Stats } from 'node:fs';
import { isGone, OpenFolder } from '../kernel/open-folder.js';

/** The owner that everything in a folder is to have. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** `O_PATH` of Linux: a thing is held and not opened, so a FIFO blocks nothing and a link leads nowhere. */
const held = 0o10000000 | constants.O_NOFOLLOW;

/**
 * A tick of the kernel's clock is at most 10 ms long. A file that has not changed since this long before a walk began
 * has kept its names, milliseconds: each rename is a change (inode(7)).
 */
const ticksMs = 25;

/**
 * Gives a folder and all that is in it to a user, from one open folder to the next, so that nobody can exchange one for
 * a link meanwhile. A file that has another name outside stays whose it is: a game that ran as root may have linked one
 * that is not its own. So does one whose names change meanwhile. Those are answered. The folder itself comes last, so
 * an attempt that died is made again. Its rights become those of `mode`.
 */
export function giveTree(path: string, owner: Owner, mode = 0o700): readonly string[] {
  let hasNames = false;
  walk(path, (one) => {
    if (hasManyNames(one.stats)) hasNames = true;
    else giveHeld(one, owner);
  });
  const kept = hasNames ? giveNamed(path, owner) : [];
  const top = OpenFolder.at(path);
  try {
    fchmodSync(top.fd, mode);
    fchownSync(top.fd, owner.uid, owner.gid);
  } finally {
    top.close();
  }
  return kept;
}

/**
 * Gives the files with several names that all lie in the tree. They are counted, so a file must not be met twice under
 * a name that it has changed meanwhile.
 */
function giveNamed(path: string, owner: Owner): readonly string[] {
  // names that were made just now are old then
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * ticksMs);
  const before = Date.now() - ticksMs;
  const counts = new Map<string, number>();
  walk(path, ({ stats }) => {
    if (hasManyNames(stats)) counts.set(keyOf(stats), (counts.get(keyOf(stats)) ?? 0) + atRest(stats, before));
  });
  const kept: string[] = [];
  walk(path, (one) => {
    const { stats } = one;
    if (!hasManyNames(stats) || stats.uid === owner.uid) return;
    if (counts.get(keyOf(stats)) === stats.nlink && atRest(stats, before) === 1) giveHeld(one, owner);
    else kept.push(one.name);
  });
  return kept;
}

const hasManyNames = (stats: Stats): boolean => stats.isFile() && stats.nlink > 1;

const keyOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** 1, or a number that makes every count wrong. */
const atRest = ({ ctimeMs }: Stats, before: number): number => (ctimeMs < before ? 1 : NaN);

/** The very thing that was looked at, whatever has its name by now. */
const giveHeld = ({ fd }: Held, { uid, gid }: Owner): void => chownSync(`/proc/self/fd/${fd}`, uid, gid);

/** A thing in the tree that is held by a descriptor. */
interface Held {
  readonly name: string;
  readonly fd: number;
  readonly stats: Stats;
}

type Visit = (one: Held) => void;

function walk(path: string, visit: Visit): void {
  const top = OpenFolder.at(path);
  try {
    walkFolder(top, visit);
  } finally {
    top.close();
  }
}

function walkFolder(folder: OpenFolder, visit: Visit): void {
  for (const { name } of folder.entries()) {
    unlessGone(() => {
      const fd = openSync(folder.path(name), held);
      try {
        const stats = fstatSync(fd);
        if (stats.isDirectory()) enter(folder, name, visit);
        visit({ name, fd, stats });
      } finally {
        closeSync(fd);
      }
    });
  }
}

function enter(folder: OpenFolder, name: string, visit: Visit): void {
  unlessGone(() => {
    const inner = folder.folder(name);
    try {
      walkFolder(inner, visit);
    } finally {
      inner.close();
    }
  });
}

function unlessGone(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isGone(error)) throw error; // it was removed meanwhile, or exchanged for a link
  }
}
