import { mkdirSync } from 'node:fs';
import { OpenFolder } from '../kernel/open-folder.js';

export interface CursorOptions {
  /** Called before a folder is made. */
  readonly onMake?: (path: string) => void;
  /** Called before a folder is opened that is there already. */
  readonly onOpen?: () => void;
  /** Called where a part of a path is there and is not a folder. It throws. */
  readonly refuse: (path: string, isLink: boolean) => never;
}

/**
 * Walks the folders below a root, one part at a time and never through a link. It keeps those open that lead to the
 * present one, so that entries of one folder after another cost one step each, however deep they are.
 */
export class FolderCursor {
  readonly #open: { readonly name: string; readonly folder: OpenFolder }[] = [];

  constructor(private readonly root: OpenFolder, private readonly options: CursorOptions) {}

  /** The folder of that path. It is made where it is missing, or else the answer is undefined. */
  enter(parts: readonly string[], makes = true): OpenFolder | undefined {
    let depth = 0;
    while (depth < parts.length && this.#open[depth]?.name === parts[depth]) depth++;
    this.#leave(depth);
    for (; depth < parts.length; depth++) {
      const folder = this.#step(parts, depth, makes);
      if (!folder) return undefined;
      this.#open.push({ name: parts[depth] ?? '', folder });
    }
    return this.#open.at(-1)?.folder ?? this.root;
  }

  close(): void {
    this.#leave(0);
  }

  #leave(depth: number): void {
    for (const { folder } of this.#open.splice(depth)) folder.close();
  }

  #step(parts: readonly string[], depth: number, makes: boolean): OpenFolder | undefined {
    const parent = this.#open.at(-1)?.folder ?? this.root;
    const name = parts[depth] ?? '';
    const stats = parent.stat(name);
    if (!stats) {
      if (!makes) return undefined;
      this.options.onMake?.(parts.slice(0, depth + 1).join('/'));
      mkdirSync(parent.path(name), 0o700);
    } else if (!stats.isDirectory()) {
      this.options.refuse(parts.slice(0, depth + 1).join('/'), stats.isSymbolicLink());
    } else {
      this.options.onOpen?.();
    }
    return parent.folder(name);
  }
}
