import { redisKeys, type Clock, type Logger, type ServerStatus } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import type { RedisConnection } from '../redis/connection.js';
import { keysOf, serversWithKeys, writeServerKeys } from './server-keys.js';

export interface StateBoardOptions {
  readonly redis: RedisConnection;
  readonly keys: ReturnType<typeof redisKeys>;
  /** Whether the server still stands for something although no worker says so: then its keys are kept. */
  readonly isExpected: (serverId: string) => boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Time that workers get to say hello to a new queue before keys that nobody knows are removed, milliseconds. */
export const helloTimeMs = 5_000;
/** Pause after Redis refused a write, milliseconds. */
const refusedPauseMs = 1_000;

interface Entry {
  status: ServerStatus | undefined;
  /** What Redis has, as far as we know. */
  written: string | undefined;
  isWriting: boolean;
}

/** Mirrors what the workers say into the keys of DESIGN §7, the latest status only, and again when Redis is back. */
export class StateBoard {
  readonly #entries = new Map<string, Entry>();
  readonly #stopped = lifetime();
  readonly #writing = new Set<Promise<void>>();
  #offReady: (() => void) | undefined;

  constructor(private readonly options: StateBoardOptions) {}

  start(): void {
    this.#offReady ??= this.options.redis.onReady(() => {
      for (const [serverId, entry] of this.#entries) {
        entry.written = undefined;
        this.#write(serverId, entry);
      }
      void this.#reconcile();
    });
  }

  async stop(): Promise<void> {
    this.#offReady?.();
    this.#stopped.abort(new Error('stopped'));
    await Promise.all(this.#writing);
  }

  set(status: ServerStatus): void {
    const entry = this.#entries.get(status.serverId) ?? { status, written: undefined, isWriting: false };
    entry.status = status;
    this.#entries.set(status.serverId, entry);
    this.#write(status.serverId, entry);
  }

  /** The server's worker is gone and no other came: unless it is expected, its keys go. */
  remove(serverId: string): void {
    const entry = this.#entries.get(serverId) ?? { status: undefined, written: undefined, isWriting: false };
    entry.status = undefined;
    this.#entries.set(serverId, entry);
    this.#write(serverId, entry);
  }

  #write(serverId: string, entry: Entry): void {
    if (entry.isWriting || !this.options.redis.isReady) return;
    entry.isWriting = true;
    const done = this.#writeUntilEqual(serverId, entry).finally(() => {
      entry.isWriting = false;
      this.#writing.delete(done);
    });
    this.#writing.add(done);
  }

  async #writeUntilEqual(serverId: string, entry: Entry): Promise<void> {
    const { redis, keys, logger, clock } = this.options;
    while (entry.written !== keysOf(entry.status)) {
      const status = entry.status;
      try {
        await redis.run('write state', (client) => writeServerKeys(client, keys, serverId, status));
        entry.written = keysOf(status);
      } catch (error) {
        if (!redis.isReady || this.#stopped.signal.aborted) return; // its return writes everything
        logger.error({
          event: 'state.unwritten',
          serverId,
          because: error instanceof Error ? error.message : String(error),
        });
        // aborted: the next failure ends it
        await clock.rest(refusedPauseMs, this.#stopped.signal);
      }
    }
    if (entry.status === undefined && this.#entries.get(serverId) === entry) this.#entries.delete(serverId);
  }

  /** Keys of servers that no worker knows, and that are not expected, are of a past that ended badly. */
  async #reconcile(): Promise<void> {
    const { redis, keys, clock, logger, isExpected } = this.options;
    try {
      await clock.sleep(helloTimeMs, this.#stopped.signal);
      const ids = await redis.run('scan', (client) => serversWithKeys(client, keys));
      for (const serverId of ids.filter((id) => !this.#entries.has(id) && !isExpected(id))) {
        logger.info({ event: 'state.orphan_removed', serverId });
        this.remove(serverId);
      }
    } catch {
      // Stopped, or Redis is away again: its next return reconciles.
    }
  }
}
