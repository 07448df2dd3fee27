import type { Message } from '../frames/messages.js';
import type { ShardPosition } from './moving-shards.js';

/** Where a shard stood when it was stopped, and what its next owner should know about it. */
export interface StoppedShard extends ShardPosition {
  /**
   * The master does not read it. Each item goes to the other slave in a frame of its own, before the shard is reported
   * as stopped.
   */
  readonly state?: readonly unknown[];
}

/** A slave's duties towards its master, one after the other. Each answer goes out when the promise resolves. */
export interface HandoffDuties {
  /** Get ready without touching a shard. */
  readonly softStart: () => Promise<void>;
  /** Start everything that does not run yet: cold, or after shards were resumed. */
  readonly fullStart: () => Promise<void>;
  /** A migration begins, from this slave or to it. Answers how many shards there are. */
  readonly migrationStart: (from: boolean, shards: number) => Promise<number>;
  readonly stopShard: (shard: number) => Promise<StoppedShard>;
  readonly guildState: (state: unknown) => void;
  readonly resume: (shard: number, at: ShardPosition) => Promise<void>;
  /** Stop everything at once. */
  readonly shutdown: () => Promise<void>;
  /** The answer to the shutdown has gone out, so the process can end. Default: nothing. */
  readonly leave?: () => void | Promise<void>;
}

export interface HandoffSlaveOptions {
  /** False while there is no connection. */
  readonly send: (message: Message) => boolean;
  readonly duties: HandoffDuties;
  /** A duty failed. Its answer is not sent, so the master gives the migration up. */
  readonly onFailure?: (error: unknown) => void;
}

/** The slave's end of a handoff (docs/handoff.md). Its messages wait while the connection is away. */
export class HandoffSlave {
  readonly #queue: Message[] = [];
  /** The shards that were stopped for another slave. */
  readonly #letGo = new Map<number, ShardPosition>();
  #orders: Promise<void> = Promise.resolve();

  constructor(private readonly options: HandoffSlaveOptions) {}

  /** The connection is back and hello has been said, so the waiting messages go out. */
  connected(): void {
    for (let message = this.#queue[0]; message && this.options.send(message); message = this.#queue[0])
      this.#queue.shift();
  }

  /**
   * The connection is lost, and the migration with it. Takes the shards up again that were stopped for another slave.
   * If that one has them by now, the next master shuts one of the two down. A program that leaves at this moment
   * instead need not call it.
   */
  disconnected(): void {
    this.#perform(async () => {
      for (const [shard, at] of this.#letGo) {
        this.#letGo.delete(shard);
        await this.options.duties.resume(shard, at);
      }
      this.#queue.length = 0; // answers to a migration that is over
    });
  }

  /** Does what a message of the master asks. Answers false if it does not belong to a handoff. */
  receive(message: Message): boolean {
    const duty = this.#dutyOf(message);
    if (duty) this.#perform(duty);
    return duty !== undefined;
  }

  #dutyOf(message: Message): (() => Promise<void>) | undefined {
    const { duties } = this.options;
    switch (message.type) {
      case 'softStart': return async () => {
        await duties.softStart();
        this.#say({ type: 'softStartComplete' });
      };
      case 'fullStart': return async () => {
        this.#letGo.clear();
        await duties.fullStart();
      };
      case 'guildState': return async () => duties.guildState(message.GuildState);
      case 'shardMigrationStart': return async () => {
        const NumShards = await duties.migrationStart(message.FromThisSlave, message.NumShards);
        this.#say({ type: 'shardMigrationStart', FromThisSlave: message.FromThisSlave, NumShards });
      };
      case 'stopShard': return () => this.#stopShard(message.Shard);
      case 'resume': return async () => {
        const { Shard, SessionID, Sequence } = message;
        this.#letGo.delete(Shard);
        await duties.resume(Shard, { SessionID, Sequence });
        this.#say({ type: 'resume', Shard, SessionID, Sequence });
      };
      case 'shutdown': return () => this.#shutDown();
      default: return undefined;
    }
  }

  async #stopShard(Shard: number): Promise<void> {
    const { SessionID, Sequence, state = [] } = await this.options.duties.stopShard(Shard);
    this.#letGo.set(Shard, { SessionID, Sequence });
    for (const GuildState of state) this.#say({ type: 'guildState', GuildState });
    this.#say({ type: 'stopShard', Shard, SessionID, Sequence });
  }

  async #shutDown(): Promise<void> {
    const { duties } = this.options;
    this.#letGo.clear();
    await duties.shutdown();
    this.#say({ type: 'shutdown' });
    await duties.leave?.();
  }

  /** One duty after the other: a shard that is still being stopped must not be resumed. */
  #perform(duty: () => Promise<void>): void {
    this.#orders = this.#orders.then(duty).catch((error: unknown) => this.options.onFailure?.(error));
  }

  #say(message: Message): void {
    if (this.#queue.length > 0 || !this.options.send(message)) this.#queue.push(message);
  }
}
