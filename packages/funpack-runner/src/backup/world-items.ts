import type { Dirent } from 'node:fs';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { bytesOf, isGone, textOf, type OpenFolder } from '../kernel/open-folder.js';
import type { Gaps } from '../pack/gaps.js';
import type { PackItem } from '../pack/pack.js';
import { resolveInside } from '../unpack/link-target.js';
import { isInnerLink, partsOf } from '../unpack/safe-path.js';
import { matcherOf } from './glob.js';

/** The part of `working/` that belongs to the world. */
export interface WorldSelection {
  /** Relative paths. Absent: everything. */
  readonly paths?: readonly string[];
  /** Patterns of paths that do not belong to it. */
  readonly exclude?: readonly string[];
}

/** A world that is being packed. */
export interface World {
  /** The folder, and its path. */
  readonly root: OpenFolder;
  readonly rootPath: string;
  readonly selection: WorldSelection;
  readonly gaps: Gaps;
}

/**
 * Everything that belongs to a world, each item once, and a folder before what is in it. A folder stays open while its
 * items are used. A link that stays inside belongs to the world with whatever it leads to. Sockets, FIFOs, devices and
 * links that lead out are left out and told: an archive with one could not be restored elsewhere. A selected path that
 * is missing is no gap, because a young world may lack it. Throws `import_failed` for a path that leaves the folder.
 */
export function* worldItems(world: World): Generator<PackItem> {
  const walk = new WorldWalk(world);
  const { paths } = world.selection;
  for (const path of paths ?? ['.']) yield* walk.selected(bytesOf(path));
  yield* walk.linkedTo();
}

/** These paths of a world once more. A name that is not there any more is told as vanished. */
export function* itemsAgain(world: World, paths: ReadonlySet<string>): Generator<PackItem> {
  const walk = new WorldWalk(world);
  for (const path of paths) yield* walk.again(path);
}

interface Level {
  readonly folder: OpenFolder;
  readonly path: string;
  readonly entries: Iterator<Dirent>;
}

const inner = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

class WorldWalk {
  readonly #isExcluded: (path: string) => boolean;
  readonly #seen = new Set<string>();
  /** Where links inside the world lead. */
  readonly #linked: string[][] = [];

  constructor(private readonly world: World) {
    this.#isExcluded = matcherOf(world.selection.exclude ?? []);
  }

  /** A path may go through links, but not out of the folder: what lies outside is not the game's, and may be secret. */
  *selected(path: string): Generator<PackItem> {
    const parts = partsOf(path);
    if (path.startsWith('/') || parts.includes('..')) {
      throw new PinkyError('import_failed', `the path ${JSON.stringify(textOf(path))} to back up leaves working/`);
    }
    if (parts.length === 0) return yield* this.#below(this.world.root, '');
    const folder = this.#resolved(parts.slice(0, -1));
    if (!folder) {
      throw new PinkyError(
        'import_failed',
        `the path ${JSON.stringify(textOf(path))} to back up leaves working/ through a link`,
      );
    }
    yield* this.#at(folder, parts);
  }

  *again(path: string): Generator<PackItem> {
    const parts = path.split('/');
    if (!(yield* this.#at(this.#resolved(parts.slice(0, -1)) ?? [], parts))) this.world.gaps.vanished.add(path);
  }

  /** A link alone is no world: what it leads to is what the game saves. */
  *linkedTo(): Generator<PackItem> {
    for (let parts = this.#linked.pop(); parts; parts = this.#linked.pop())
      if (parts.length > 0) yield* this.#at(parts.slice(0, -1), parts);
  }

  /**
   * The item of a path whose folder is known without links. Folders above it are no items of their own. Answers whether
   * it was there.
   */
  *#at(folderParts: readonly string[], parts: readonly string[]): Generator<PackItem, boolean> {
    const opened: OpenFolder[] = [];
    try {
      let folder = this.world.root;
      for (const part of folderParts) {
        folder = folder.folder(part);
        opened.push(folder);
      }
      const name = parts.at(-1) ?? '';
      if (!folder.stat(name)) return false;
      const item = this.#item(folder, parts.join('/'), name, undefined);
      if (item?.type === 'directory') yield* this.#folder(folder, item);
      else if (item) yield item;
      return true;
    } catch (failure) {
      if (!isGone(failure)) throw failure;
      return false;
    } finally {
      for (const folder of opened.reverse()) folder.close();
    }
  }

  *#folder(parent: OpenFolder, { path, name }: PackItem): Generator<PackItem> {
    const folder = this.#open(parent, path, name);
    if (!folder) return;
    try {
      yield { path, name: '.', folder, type: 'directory' };
      yield* this.#below(folder, path);
    } finally {
      folder.close();
    }
  }

  /** By a list of open folders, not by recursion: a path may have two thousand parts. */
  *#below(root: OpenFolder, rootPath: string): Generator<PackItem> {
    const open: Level[] = [{ folder: root, path: rootPath, entries: root.entries() }];
    try {
      for (let level = open.at(-1); level; level = open.at(-1)) {
        const next = level.entries.next();
        if (next.done) {
          if (level.folder !== root) level.folder.close();
          open.pop();
          continue;
        }
        const item = this.#item(level.folder, inner(level.path, next.value.name), next.value.name, next.value);
        const folder = item?.type === 'directory' ? this.#open(level.folder, item.path, item.name) : undefined;
        if (item && folder) {
          open.push({ folder, path: item.path, entries: folder.entries() });
          yield { path: item.path, name: '.', folder, type: 'directory' };
        } else if (item && item.type !== 'directory') {
          yield item;
        }
      }
    } finally {
      for (const { folder } of open) if (folder !== root) folder.close();
    }
  }

  /** Undefined for what does not belong to the world, or came before. Everything that is left out or gone is told. */
  #item(folder: OpenFolder, path: string, name: string, entry: Dirent | undefined): PackItem | undefined {
    if (this.#seen.has(path) || this.#isExcluded(path)) return undefined;
    const type = kindOf(entry) ?? kindOf(folder.stat(name));
    if (!type) this.world.gaps.vanished.add(path);
    if (type === 'other') this.world.gaps.leftOut.add(path, 'is a socket, FIFO or device');
    if (!type || type === 'other') return undefined;
    // a world may have a million names, so they are remembered only where one could come twice
    if (this.world.selection.paths) this.#seen.add(path);
    return type === 'symlink' && !this.#staysInside(folder, path, name) ? undefined : { path, name, folder, type };
  }

  #open(parent: OpenFolder, path: string, name: string): OpenFolder | undefined {
    try {
      return parent.folder(name);
    } catch (failure) {
      if (!isGone(failure)) throw failure;
      this.world.gaps.vanished.add(path);
      return undefined;
    }
  }

  #staysInside(folder: OpenFolder, path: string, name: string): boolean {
    const target = this.#target(folder, path, name);
    if (target === undefined) return false;
    const parts = path.split('/');
    const inside = this.#resolved(parts);
    if (!inside && !isInnerLink(parts, target)) {
      this.world.gaps.addOutward(path);
      return false;
    }
    // with everything selected, what it leads to comes by itself
    if (inside && this.world.selection.paths) this.#linked.push(inside);
    return true;
  }

  #target(folder: OpenFolder, path: string, name: string): string | undefined {
    try {
      return folder.readLink(name);
    } catch (failure) {
      if (!isGone(failure)) throw failure;
      this.world.gaps.vanished.add(path);
      return undefined;
    }
  }

  /** Where a path leads with all links followed. Undefined where that is outside. */
  #resolved(parts: readonly string[]): string[] | undefined {
    return resolveInside(parts, (path) => readLinkAt(this.world.root, path), bytesOf(this.world.rootPath));
  }
}

function readLinkAt(root: OpenFolder, parts: readonly string[]): string | undefined {
  try {
    const path = parts.join('/');
    return root.stat(path)?.isSymbolicLink() ? root.readLink(path) : undefined;
  } catch (failure) {
    // a path that is too long for the kernel is followed by nobody
    if (isGone(failure) || errnoOf(failure) === 'ENAMETOOLONG') return undefined;
    throw failure;
  }
}

type Kinds = Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice'>
  & Pick<Dirent, 'isCharacterDevice'>;

/** Undefined where it is gone, or where this file system does not say it with the name. */
function kindOf(entry: Kinds | undefined): PackItem['type'] | 'other' | undefined {
  if (!entry) return undefined;
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  const isOther = entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice();
  return isOther ? 'other' : undefined;
}
