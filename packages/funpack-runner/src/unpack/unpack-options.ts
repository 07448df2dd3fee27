import type { NamedPaths } from '@pinky/protocol';
import type { BlockPool } from '../archive/block-pool.js';
import type { BlockCodec } from '../lzop/block-codec.js';
import type { FindKey } from '../seal/unseal.js';
import type { RandomAccess } from '../zip/directory.js';
import type { ArchiveLimits } from '../task/tasks.js';

export interface UnpackOptions {
  /** Absent for an archive of our own: what was backed up can be restored, however large it is. */
  readonly limits?: ArchiveLimits;
  /** How much the files may take, bytes. More is refused with `over_quota`. */
  readonly mostBytes?: number;
  /** Size of the archive, bytes. */
  readonly archiveBytes: number;
  /** The same archive as a file: a .zip archive has its directory at its end. */
  readonly file?: RandomAccess;
  readonly codec?: BlockCodec;
  /** Opens sealed archives. Absent: they are refused. */
  readonly findKey?: FindKey;
  /** Takes the source's chunks when they are used up. */
  readonly pool?: BlockPool;
  /**
   * `shared`: nobody has the right to write, and only the folder itself keeps it, so that it can be moved. `exact`: as
   * the archive says, with attributes and times of folders, for a world. Default: the same without attributes, and the
   * owner can always read and write. Set-user-id, set-group-id and sticky bits are taken away in any case.
   */
  readonly rights?: 'shared' | 'exact';
  /** The path under which the folder will be found: an absolute link may lead into it. Default: the folder itself. */
  readonly linkRoot?: string;
  readonly signal?: AbortSignal;
  /** Hears how many bytes of files are written. */
  readonly onBytes?: (bytes: number) => void;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
  /** Entries of kinds that are not known here. They are not unpacked. */
  readonly skipped?: NamedPaths;
  /** Entries that lost a bit or an attribute that is never given back, such as set-user-id. */
  readonly stripped?: NamedPaths;
}
