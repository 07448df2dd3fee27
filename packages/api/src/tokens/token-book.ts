import { timingSafeEqual } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { boxPaths, Lifetime, makeDir, type Clock, type LongLived } from '@pinky/protocol';
import { digestOf, isExpired, type TokenRecord } from './token.js';
import { TokenFiles } from './token-files.js';

/** Between two looks at the folder, milliseconds: a watch may miss something, and a token may expire. */
const lookMs = 500;

/**
 * The tokens that count now, in memory. It looks at the files whenever they change, so a token that was revoked counts
 * no more within half a second, and whoever uses it is told.
 */
export class TokenBook implements LongLived {
  readonly files: TokenFiles;
  readonly #life: Lifetime;
  readonly #records = new Map<string, TokenRecord>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #watcher: FSWatcher | undefined;

  constructor(private readonly home: string, private readonly clock: Clock) {
    this.files = new TokenFiles(home);
    this.#life = new Lifetime({ begin: () => this.#begin(), end: () => this.#watcher?.close() });
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** The record of a token. Undefined if it is unknown, revoked or expired. */
  find(token: string): TokenRecord | undefined {
    const id = /^pinky_([0-9a-f]{12})_[\w-]{43}$/.exec(token)?.[1];
    if (id === undefined) return undefined;
    // One that was made a moment ago is not in memory yet.
    const record = this.#records.get(id) ?? this.#learn(id);
    if (!record || isExpired(record, this.clock.wallNow())) return undefined;
    const [given, known] = [Buffer.from(digestOf(token), 'hex'), Buffer.from(record.sha256, 'hex')];
    return given.length === known.length && timingSafeEqual(given, known) ? record : undefined;
  }

  /** Calls back once the token is no longer valid. Answers how to stop listening. */
  whenGone(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** Looks at the files now. */
  look(): void {
    const ids = new Set(this.files.ids());
    for (const id of ids) if (!this.#records.has(id)) this.#learn(id);
    const now = this.clock.wallNow();
    for (const [id, record] of this.#records) {
      if (ids.has(id) && !isExpired(record, now)) continue;
      if (ids.has(id) && record.kind === 'session') this.files.revoke(id); // nobody can use it any more
      if (!ids.has(id)) this.#records.delete(id);
      this.#tell(id);
    }
  }

  #learn(id: string): TokenRecord | undefined {
    const record = this.files.read(id);
    if (record) this.#records.set(id, record);
    return record;
  }

  #tell(id: string): void {
    const listeners = this.#listeners.get(id);
    this.#listeners.delete(id);
    for (const listener of listeners ?? []) listener();
  }

  #begin(): void {
    const dir = boxPaths(this.home).apiTokens;
    makeDir(dir);
    this.look();
    try {
      this.#watcher = watch(dir, () => this.look());
      this.#watcher.on('error', () => undefined); // the looks go on
    } catch {
      // no watch is left on this machine; the looks go on
    }
    this.#life.add(this.#keepLooking());
  }

  async #keepLooking(): Promise<void> {
    while (await this.clock.rest(lookMs, this.#life.signal)) this.look();
  }
}
