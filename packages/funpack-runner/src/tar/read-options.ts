import type { ChunkPool } from '../archive/byte-reader.js';

export interface ReadTarOptions {
  /** Takes chunks of the source when they are used up. */
  readonly pool?: ChunkPool | undefined;
  /** The source has a checksum of its own, so it is whole where it ends, even without the records that mark the end. */
  readonly isChecked?: boolean | undefined;
  /** Hears how many bytes the archive spends on anything but files. It may throw. */
  readonly onOverhead?: (bytes: number) => void;
  /** Hears of an entry of a kind that nobody here knows, which is skipped. */
  readonly onSkipped?: (path: string, kind: string) => void;
  /** Hears Pinky's own words about the archive (`ownKeys`), before the first entry. */
  readonly onOwn?: (records: ReadonlyMap<string, string>) => void;
}
