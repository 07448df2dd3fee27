import { constants } from 'node:fs';
import type { OpenFolder } from '../kernel/open-folder.js';

/** One thing to pack: its path in the archive, its place, and its type. The folder is open while the item is used. */
export interface PackItem {
  readonly path: string;
  readonly folder: OpenFolder;
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink';
}

/** Never follow a link, never wait for the other end of a FIFO that took the file's place. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens an item to read it. */
export const openItem = ({ folder, name }: PackItem, flags = 0): number => folder.openAt(name, openFlags | flags);
