import type { FileToSend } from '../s3/multipart.js';

/** A file in a store. */
export interface StoredObject {
  /** Its path in the store. */
  readonly name: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

/** All that is known of one file without reading it. */
export interface StoredFile {
  readonly size: number;
  /** Where the store keeps it: that of the file when it was sent. */
  readonly sha256?: string;
}

/**
 * A place for files that this machine may lose sight of. Its methods throw `store_failed` with the store's own words,
 * `bad_url` for a host that is not allowed, and `cancelled`.
 */
export interface Store {
  /** Its address, as it is told to people and written into notes. It ends with a slash. */
  readonly url: string;
  /**
   * Makes sure that this is the place that is meant, before the first file of a round is sent. The box has sent to it
   * before where it `isKnown`. Absent where an address cannot mean two places.
   */
  claim?(isKnown: boolean): Promise<void>;
  /** Undefined where there is no such file. */
  stat(name: string): Promise<StoredFile | undefined>;
  /** A small file. Undefined where there is none. Absent where `stat` says the SHA-256. */
  read?(name: string): Promise<Buffer | undefined>;
  /** Puts a whole file there, or nothing. Throws `checksum_mismatch` where the file is not what it should be. */
  send(name: string, file: FileToSend): Promise<void>;
  /** All files below a folder. A store that cannot tell throws `unsupported`. */
  list(folder: string): Promise<readonly StoredObject[]>;
  remove(name: string): Promise<void>;
}
