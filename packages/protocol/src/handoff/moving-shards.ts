import type { Message } from '../frames/messages.js';

/** Where a shard stands: its session, and how far it is in it. */
export interface ShardPosition {
  readonly SessionID: string;
  readonly Sequence: number;
}

/** A slave's answer to StopShard, in either form. A slave in another language may leave something out. */
export interface StopAnswer extends Partial<ShardPosition> {
  readonly Shard?: number;
  readonly GuildState?: unknown;
  readonly GuildStates?: readonly unknown[];
}

/** The shards of one migration: which one moves now, and where each stood when it was stopped. */
export class MovingShards {
  readonly #stopped = new Map<number, ShardPosition>();
  readonly #returning = new Set<number>();
  #shard = 0;
  #isAsked = false;
  #count: number;

  /** `usual`: how many shards move where the old slave says no number. */
  constructor(private readonly usual: number) {
    this.#count = usual;
  }

  get count(): number {
    return this.#count;
  }

  /** The shard that moves now. */
  get current(): number {
    return this.#shard;
  }

  get isLast(): boolean {
    return this.#shard + 1 >= this.#count;
  }

  /** The old slave says how many shards it runs, and it knows best. 0, or no number, is none of its own. */
  agree(count: unknown): void {
    if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) this.#count = count;
  }

  /** The old slave was told to stop a shard, and has not answered yet. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** A migration begins, or the slave that had the shards is gone: nothing is owed to anybody. */
  clear(): void {
    this.#stopped.clear();
    this.#returning.clear();
    this.#shard = 0;
    this.#isAsked = false;
    this.#count = this.usual;
  }

  next(): void {
    this.#shard += 1;
  }

  /** The order that stops the present shard. */
  stop(): Message {
    this.#isAsked = true;
    return {
      type: 'stopShard',
      Shard: this.#shard,
      SessionID: '',
      Sequence: 0,
    };
  }

  /** Remembers where the present shard stood. Answers false for a shard that nobody asked for. */
  wasStopped({ Shard, SessionID, Sequence }: StopAnswer): boolean {
    if (!this.#isAsked || (Shard !== undefined && Shard !== this.#shard)) return false;
    this.#isAsked = false;
    this.#stopped.set(this.#shard, { SessionID: String(SessionID ?? ''), Sequence: Number(Sequence ?? 0) });
    return true;
  }

  /** The order that takes a shard up where it stood. */
  resume(shard = this.#shard): Message {
    return { type: 'resume', Shard: shard, ...(this.#stopped.get(shard) ?? { SessionID: '', Sequence: 0 }) };
  }

  /** The orders that bring every stopped shard back to where it came from. */
  giveBack(): readonly Message[] {
    const shards = [...this.#stopped.keys()];
    for (const shard of shards) this.#returning.add(shard);
    return shards.map((shard) => this.resume(shard));
  }

  /** The old slave has taken a shard up again. Answers true for the last one. */
  wasReturned(shard: number | undefined): boolean {
    this.#returning.delete(shard ?? [...this.#returning][0] ?? 0);
    return this.#returning.size === 0;
  }
}
