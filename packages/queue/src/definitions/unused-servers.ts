import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  boxPaths,
  Lifetime,
  messageOf,
  type BoxConfig,
  type Clock,
  type Logger,
  type LongLived,
} from '@pinky/protocol';

export interface UnusedServersOptions {
  readonly config: () => BoxConfig;
  /** Every server that is defined. */
  readonly servers: () => readonly string[];
  /** Whether a server is down, and its backups hold all that is left of it. */
  readonly isAtRest: (serverId: string) => Promise<boolean>;
  readonly forget: (serverId: string) => Promise<void>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Longest time between two looks, milliseconds. */
const lookMs = 3_600_000;
const shortestLookMs = 1_000;

/**
 * Forgets servers that have been down for `definitions.unused_for`. The time is counted here, on the monotonic clock,
 * and kept in a file. A wall clock without a battery can jump by years, and every server would look unused.
 */
export class UnusedServers implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  readonly #file: string;
  #unusedMs: Map<string, number>;

  constructor(private readonly options: UnusedServersOptions) {
    this.#file = join(boxPaths(options.config().home).definitions, '.unused');
    this.#unusedMs = timesIn(this.#file);
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepLooking(): Promise<void> {
    const { clock, logger } = this.options;
    let lookedAt = clock.now();
    while (await clock.rest(this.#pauseMs, this.#life.signal)) {
      const passedMs = clock.now() - lookedAt;
      lookedAt = clock.now();
      await this.#look(passedMs).catch((error: unknown) => {
        logger.warn({ event: 'definitions.not_forgotten', because: messageOf(error) }); // the next look tries again
      });
    }
  }

  get #limitMs(): number {
    return this.options.config().definitions?.unusedForMs ?? 0;
  }

  get #pauseMs(): number {
    return this.#limitMs === 0 ? lookMs : Math.min(lookMs, Math.max(shortestLookMs, this.#limitMs / 4));
  }

  async #look(passedMs: number): Promise<void> {
    const { servers, isAtRest, forget, logger } = this.options;
    const atRest: string[] = [];
    for (const id of servers()) if (await isAtRest(id)) atRest.push(id);
    this.#unusedMs = new Map(atRest.map((id) => [id, (this.#unusedMs.get(id) ?? 0) + passedMs]));
    for (const [serverId, unusedMs] of this.#unusedMs) {
      if (this.#limitMs === 0 || unusedMs < this.#limitMs) continue;
      await forget(serverId);
      this.#unusedMs.delete(serverId); // one that is defined anew counts from nothing
      logger.info({ event: 'definition.forgotten', serverId, unusedMs: Math.round(unusedMs) });
    }
    this.#write();
  }

  /** No file is as good as an empty one. */
  #write(): void {
    if (this.#unusedMs.size === 0) return rmSync(this.#file, { force: true });
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(Object.fromEntries(this.#unusedMs)), { mode: 0o600 });
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}

/** The times that an earlier queue counted. Nothing is lost with it but time. */
function timesIn(file: string): Map<string, number> {
  try {
    const times: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const entries = typeof times === 'object' && times !== null ? Object.entries(times) : [];
    return new Map(entries.filter(([, ms]) => typeof ms === 'number'));
  } catch {
    return new Map(); // never written
  }
}
