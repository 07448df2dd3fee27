import { closeSync, constants, fchmodSync, fchownSync, fstatSync, lchownSync, openSync, type Stats } from 'node:fs';
import { isGone, OpenFolder } from '../kernel/open-folder.js';

/** The owner that everything in a folder is to have. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Files with several names: how many of them lie in the tree. */
type Names = Map<string, number>;

/**
 * Gives a folder and all that is in it to a user, from one open folder to the next, so that nobody can exchange one for
 * a link meanwhile. A file that has another name outside stays whose it is: a game that ran as root may have linked one
 * that is not its own. Those are answered. The folder itself comes last, so an attempt that died is made again. Its
 * rights become those of `mode`.
 */
export function giveTree(path: string, owner: Owner, mode = 0o700): readonly string[] {
  const names: Names = new Map();
  const kept: string[] = [];
  walk(path, (folder, name, stats) => {
    if (stats.isFile() && stats.nlink > 1) names.set(keyOf(stats), (names.get(keyOf(stats)) ?? 0) + 1);
    else lchownSync(folder.path(name), owner.uid, owner.gid);
  });
  if (names.size > 0) {
    walk(path, (folder, name, stats) => {
      if (!stats.isFile() || stats.nlink <= 1 || stats.uid === owner.uid) return;
      if (names.get(keyOf(stats)) !== stats.nlink) kept.push(name);
      else giveFile(folder, name, { stats, owner });
    });
  }
  const top = OpenFolder.at(path);
  try {
    fchmodSync(top.fd, mode);
    fchownSync(top.fd, owner.uid, owner.gid);
  } finally {
    top.close();
  }
  return kept;
}

const keyOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** Only the very file that was counted. */
function giveFile(
  folder: OpenFolder,
  name: string,
  { stats, owner }: { readonly stats: Stats; readonly owner: Owner },
): void {
  const fd = openSync(folder.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const now = fstatSync(fd);
    if (keyOf(now) === keyOf(stats) && now.nlink === stats.nlink) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
}

type Visit = (folder: OpenFolder, name: string, stats: Stats) => void;

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
    const stats = folder.stat(name);
    if (stats?.isDirectory()) enter(folder, name, visit);
    if (stats) unlessGone(() => visit(folder, name, stats));
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
