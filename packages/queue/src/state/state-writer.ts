import { Lifetime, messageOf, type LongLived, type ServerStatus } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';
import { levelOf } from '../redis/trouble.js';
import { hasKeys, keysOf, serversThatDiffer, serversWithKeys, writeServerKeys } from './server-keys.js';

export interface StateWriterOptions extends RedisContext {
  readonly box: string;
  /** Whether a server without a worker will get one. Then its keys are kept. */
  readonly isExpected: (serverId: string) => boolean;
}

/** How long workers may take to say hello to a new queue before keys of unknown servers are removed, milliseconds. */
export const helloTimeMs = 5_000;
/** Servers that one script compares: Redis does nothing else meanwhile. */
const comparedAtOnce = 50;
/** Pause after Redis refused a write, milliseconds. */
const refusedPauseMs = 1_000;

interface ServerEntry {
  status: ServerStatus | undefined;
  /** The keys in Redis, as far as we know. */
  written: string | undefined;
  isWriting: boolean;
}

/** Writes the latest status of every server into its keys, and again when Redis is back. */
export class StateWriter implements LongLived {
  readonly #entries = new Map<string, ServerEntry>();
  readonly #life = new Lifetime({
    begin: () => { this.#offReady = this.options.redis.onReady(() => this.#writeAll()); },
    end: () => this.#offReady?.(),
  });
  #offReady: (() => void) | undefined;

  constructor(private readonly options: StateWriterOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  set(status: ServerStatus): void {
    const entry = this.#entries.get(status.serverId) ?? { status, written: undefined, isWriting: false };
    entry.status = status;
    this.#entries.set(status.serverId, entry);
    this.#write(status.serverId, entry);
  }

  /** Removes the keys of a server whose worker is gone for good. */
  remove(serverId: string): void {
    const entry = this.#entries.get(serverId) ?? { status: undefined, written: undefined, isWriting: false };
    entry.status = undefined;
    this.#entries.set(serverId, entry);
    this.#write(serverId, entry);
  }

  /** Writes again what somebody removed or changed, or what Redis evicted. An idle server says nothing itself. */
  async compare(): Promise<void> {
    const { redis, keys, box, logger } = this.options;
    const settled = [...this.#entries.values()].filter(({ status, written }) => written === keysOf(status));
    const statuses = settled.map(({ status }) => status).filter(hasKeys);
    try {
      for (let from = 0; from < statuses.length && redis.isReady; from += comparedAtOnce) {
        const some = statuses.slice(from, from + comparedAtOnce);
        const differ = await redis.write('compare states', (fenced) => serversThatDiffer(fenced, keys, box, some));
        if (differ.length > 0) logger.warn({ event: 'state.written_again', servers: differ });
        for (const serverId of differ) this.#writeAgain(serverId);
      }
    } catch (error) {
      logger.debug({ event: 'state.uncompared', because: messageOf(error) }); // the next heartbeat compares again
    }
  }

  #writeAgain(serverId: string): void {
    const entry = this.#entries.get(serverId);
    if (!entry) return;
    entry.written = undefined;
    this.#write(serverId, entry);
  }

  #writeAll(): void {
    for (const [serverId, entry] of this.#entries) {
      entry.written = undefined;
      this.#write(serverId, entry);
    }
    this.#life.add(this.#reconcile());
  }

  #write(serverId: string, entry: ServerEntry): void {
    if (entry.isWriting || !this.options.redis.isReady) return;
    entry.isWriting = true;
    this.#life.add(this.#writeUntilEqual(serverId, entry).finally(() => { entry.isWriting = false; }));
  }

  async #writeUntilEqual(serverId: string, entry: ServerEntry): Promise<void> {
    const { redis, keys, box, logger, clock } = this.options;
    while (entry.written !== keysOf(entry.status)) {
      const status = entry.status;
      try {
        await redis.write('write state', (fenced) => writeServerKeys(fenced, keys, { box, serverId }, status));
        entry.written = keysOf(status);
      } catch (error) {
        if (!redis.isReady || this.#life.signal.aborted) return; // everything is written when Redis is back
        logger[levelOf(error, 'error')]({ event: 'state.unwritten', serverId, because: messageOf(error) });
        await clock.rest(refusedPauseMs, this.#life.signal);
      }
    }
    if (entry.status === undefined && this.#entries.get(serverId) === entry) this.#entries.delete(serverId);
  }

  /** Removes the keys of servers that no worker knows and that will get none: an earlier box left them. */
  async #reconcile(): Promise<void> {
    const { redis, keys, clock, logger, isExpected } = this.options;
    if (!(await clock.rest(helloTimeMs, this.#life.signal))) return;
    try {
      const ids = await redis.run('scan', (client) => serversWithKeys(client, keys));
      for (const serverId of ids.filter((id) => !this.#entries.has(id) && !isExpected(id))) {
        logger.info({ event: 'state.orphan_removed', serverId });
        this.remove(serverId);
      }
    } catch {
      // Redis is away again: this is done when it is back.
    }
  }
}
