import type { BackupKind } from './backup-names.js';

/**
 * A backup's manifest is JSON lines, packed with gzip: one line for each path of the world in the order of the archive,
 * then one `ManifestEnd`. A manifest without its end was cut short. Paths are bytes, one character for each.
 */
export interface ManifestEntry {
  /** The path. */
  readonly p: string;
  /** The type: a file, a directory, a symlink, or another name of a file that came before. */
  readonly t: 'f' | 'd' | 'l' | 'h';
  /** Where a link leads, or the path of the file that this is another name of. */
  readonly l?: string;
  /** The twelve bits of chmod(2). */
  readonly m: number;
  /** Size with holes, bytes; device and inode; mtime and ctime in nanoseconds. A file has all of them. */
  readonly s?: number;
  readonly d?: string;
  readonly i?: string;
  readonly mt?: string;
  readonly ct?: string;
  /**
   * SHA-256 of the file's content, lower-case hex. A file with holes is hashed part by part, each part after its place
   * as `<offset>+<length>\n`: hashing the zeros of a large one would take longer than its backup.
   */
  readonly h?: string;
  /** A digest of its attributes and access lists, for the next backup. Absent where it has none. */
  readonly x?: string;
  /** Content and attributes are in the base, under the same path, and not in this archive. */
  readonly b?: 1;
}

export interface ManifestEnd {
  readonly end: 1;
  readonly version: 1;
  /** The archive's name. */
  readonly archive: string;
  readonly kind: BackupKind;
  /** The full backup that an increment needs: its archive's name and SHA-256. */
  readonly base?: { readonly archive: string; readonly sha256: string };
  /** When the backup began, Unix milliseconds. */
  readonly startedAt: number;
  /** How many files the world has, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}
