import type { Logger } from '@pinky/protocol';
import type { ServerFiles } from './server-files.js';
import { withWorldUsed, type ServerRecord } from './server-record.js';

/** The record of a server, in memory and in its server.json. Nothing else writes either. */
export class KeptRecord {
  #now: ServerRecord | undefined;

  constructor(private readonly files: ServerFiles, private readonly log: Logger) {}

  /** Undefined if nothing is asked of the server. */
  get now(): ServerRecord | undefined {
    return this.#now;
  }

  /** Takes over a record that the worker before left on disk. */
  adopt(record: ServerRecord): void {
    this.#now = record;
  }

  /** Begins a record. Throws if it cannot be written; this process goes by it all the same. */
  begin(record: ServerRecord): void {
    this.#now = record;
    this.files.write(record);
  }

  /** Changes the record. Throws as `begin` does. */
  change(change: Partial<ServerRecord>): void {
    if (this.#now) this.begin({ ...this.#now, ...change });
  }

  /** Changes the record for a step that must go on even if it cannot be written down. */
  tryChange(change: Partial<ServerRecord>): void {
    try {
      this.change(change);
    } catch (error) {
      this.log.error({ event: 'server.record_unwritten', serverId: this.files.serverId, error: String(error) });
    }
  }

  /** Somebody may have played in this world. From now on it is worth a backup. */
  keepWorld(): void {
    if (this.#now?.isWorldUnused) this.tryChange(withWorldUsed(this.#now));
  }

  /** The server is no more, and its file was removed. */
  forget(): void {
    this.#now = undefined;
  }
}
