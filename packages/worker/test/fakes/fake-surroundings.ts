import {
  deferred,
  PinkyError,
  type BackupGaps,
  type BackupResult,
  type Deferred,
  type NamedPorts,
  type PendingEvent,
  type PortSpec,
} from '@pinky/protocol';
import type { Admission, LaunchRank, Place } from '../../src/admission/launch-admission.js';
import type { BackupOrder, BackupStore, ParkedOrder, ReadBackOrder } from '../../src/backup/backup-store.js';
import type { Ports } from '../../src/ports/port-pool.js';
import type { EventBatch } from '../../src/publish/event-batch.js';
import type { RunsOptions } from '../../src/run/runs.js';

/** Admits every launch at once, unless a test holds them. */
export class FakeAdmission implements Admission {
  /** The admissions (by rank), counts and ends, in order. */
  readonly seen: string[] = [];
  /** The launches that stood in line, by rank, in order. */
  readonly asked: LaunchRank[] = [];
  #gate: Deferred<void> | undefined;

  /** The next launches wait, as the second of three. */
  hold(): void {
    this.#gate = deferred<void>();
  }

  letGo(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async admit(rank: LaunchRank, signal: AbortSignal, onPlace: (place: Place) => void): Promise<void> {
    this.asked.push(rank);
    if (this.#gate) {
      onPlace({ at: 2, of: 3 });
      const cut = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([this.#gate.promise, cut]);
    }
    signal.throwIfAborted();
    this.seen.push(rank);
  }

  count(): void {
    this.seen.push('counted');
  }

  done(): void {
    if (this.seen.length > 0 && this.seen.at(-1) !== 'done') this.seen.push('done');
  }
}

/** Ports from a first one on, every hundredth. */
export class FakePorts implements Ports {
  /** Ports that somebody else on the machine uses. */
  readonly strangers = new Set<number>();
  readonly taken = new Set<number>();

  constructor(private readonly first = 10_000) {}

  isFree(port: number): boolean {
    return !this.strangers.has(port);
  }

  take(serverId: string, wish?: number, except: ReadonlySet<number> = new Set()): number {
    if (wish !== undefined && !this.strangers.has(wish) && !this.taken.has(wish)) {
      this.taken.add(wish);
      return wish;
    }
    for (let port = this.first; port < this.first + 300; port += 100) {
      if (this.strangers.has(port) || this.taken.has(port) || except.has(port)) continue;
      this.taken.add(port);
      return port;
    }
    throw new PinkyError('no_free_port', `server ${serverId}: all ports are taken`);
  }

  takeThis(serverId: string, port: number): number {
    if (this.strangers.has(port)) throw new PinkyError('port_taken', `server ${serverId}: a stranger has it`);
    this.taken.add(port);
    return port;
  }

  assertFree(serverId: string, port: number): void {
    if (this.strangers.has(port)) throw new PinkyError('port_taken', `server ${serverId}: a stranger has it`);
  }

  takeNamed(serverId: string, port: number, named: Readonly<Record<string, PortSpec>>): NamedPorts {
    return Object.fromEntries(Object.entries(named).map(([name, { offset = 1 }]) => {
      this.takeThis(serverId, port + offset);
      return [name, port + offset];
    }));
  }

  release(_serverId: string, port: number): boolean {
    return this.taken.delete(port);
  }

  settle(): void {}

  clear(): void {}
}

/** Backups that are written when a test says so: at once, unless they are held. */
export class FakeStore implements BackupStore {
  /** The backups that there are, by when they were written (Unix milliseconds), oldest first. */
  readonly written: number[] = [];
  readonly orders: BackupOrder[] = [];
  error: Error | undefined;
  /** The backups that were read back, and the error with which that fails, if it is to. */
  readonly readBacks: string[] = [];
  readError: Error | undefined;
  /** The things that the next backups lack. */
  gaps: BackupGaps = {};
  #gate: Deferred<void> | undefined;

  constructor(private readonly wallNow: () => number) {}

  /** The next backups wait until they are let go. */
  hold(): void {
    this.#gate = deferred<void>();
  }

  letGo(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async write(order: BackupOrder): Promise<BackupResult> {
    this.orders.push(order);
    const cut = new Promise<void>((resolve) => order.signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#gate?.promise, cut]);
    if (order.signal.aborted) throw new PinkyError('cancelled', 'backup was cancelled');
    if (this.error) throw this.error;
    this.written.push(this.wallNow());
    return { url: `backup ${this.written.length}`, size: 1, sha256: '', ...this.gaps };
  }

  async writeParked(order: ParkedOrder): Promise<BackupResult> {
    return this.write({ ...order, prepared: undefined });
  }

  async readBack({ url }: ReadBackOrder): Promise<void> {
    this.readBacks.push(url);
    if (this.readError) throw this.readError;
  }

  async newestNumber(): Promise<number> {
    return Math.floor((this.written.at(-1) ?? 0) / 1_000);
  }

  async latest(): Promise<{ readonly url: string } | undefined> {
    return this.written.length > 0 ? { url: `backup ${this.written.length}` } : undefined;
  }

  async latestAt(): Promise<number | undefined> {
    return this.written.at(-1);
  }
}

/** An event as it would be published. */
export interface ToldEvent {
  readonly type: string;
  readonly run: string;
  readonly [field: string]: unknown;
}

/** Keeps what is published: at once, unless Redis is away. */
export class FakeSender implements Pick<RunsOptions['sender'], 'addRun' | 'completeRun' | 'offer'> {
  readonly events: ToldEvent[] = [];
  readonly added: { readonly run: string; readonly isComplete: boolean }[] = [];
  readonly #completed: string[] = [];
  #away: Deferred<void> | undefined;

  constructor(private readonly onRunPublished: (run: string) => void) {}

  redisGoesAway(): void {
    this.#away = deferred<void>();
  }

  redisIsBack(): void {
    this.#away?.resolve();
    this.#away = undefined;
    for (const run of this.#completed.splice(0)) this.onRunPublished(run);
  }

  /** Resolves when all that was said is published. */
  async published(): Promise<void> {
    await this.#away?.promise;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve)); // to the queue and back
  }

  addRun(run: string, _acked: unknown, _live: unknown, isComplete: boolean): void {
    this.added.push({ run, isComplete });
    if (isComplete) this.completeRun(run);
  }

  completeRun(run: string): void {
    if (this.#away) this.#completed.push(run);
    else this.onRunPublished(run);
  }

  offer({ run, events }: EventBatch): void {
    this.events.push(...events.map(({ json }: PendingEvent) => ({ ...(JSON.parse(json) as ToldEvent), run })));
  }
}
