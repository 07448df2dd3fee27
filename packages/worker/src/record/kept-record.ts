import type { Logger } from '@pinky/protocol';
import type { ServerFiles } from './server-files.js';
import type { ServerRecord } from './server-record.js';

/** What was asked of a server, in memory and in its server.json: one writer for both. */
export class KeptRecord {
  #now: ServerRecord | undefined;

  constructor(private readonly files: ServerFiles, private readonly log: Logger) {}

  /** Undefined where nothing is asked of the server. */
  get now(): ServerRecord | undefined {
    return this.#now;
  }

  /** Goes by a record that a predecessor left on disk. */
  adopt(record: ServerRecord): void {
    this.#now = record;
  }

  /** Throws where it cannot be written; this process goes by it all the same. */
  begin(record: ServerRecord): void {
    this.#now = record;
    this.files.write(record);
  }

  /** Changes what is there; throws as `begin` does. */
  change(change: Partial<ServerRecord>): void {
    if (this.#now) this.begin({ ...this.#now, ...change });
  }

  /** For what must go on though it cannot be written down. */
  tryChange(change: Partial<ServerRecord>): void {
    try {
      this.change(change);
    } catch (error) {
      this.log.error({ event: 'server.record_unwritten', serverId: this.files.serverId, error: String(error) });
    }
  }

  /** Somebody may have played in this world: from now on it is worth a backup. */
  keepWorld(): void {
    if (this.#now?.isWorldUnused) this.tryChange({ isWorldUnused: false });
  }

  /** The server is no more; its file was removed. */
  forget(): void {
    this.#now = undefined;
  }
}
