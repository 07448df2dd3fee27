import type { Message } from '../frames/messages.js';

/** Where a shard stood when it was stopped, and what its next owner should know about it. */
export interface StoppedShard {
  readonly SessionID: string;
  readonly Sequence: number;
  /**
   * The master does not read it. Each item goes to the other slave in a frame of its own, before the shard is reported
   * as stopped.
   */
  readonly state?: readonly unknown[];
}

/** A slave's duties towards its master. Each answer goes out when the promise resolves. */
export interface HandoffDuties {
  /** Get ready without touching a shard. */
  readonly softStart: () => Promise<void>;
  /** Start everything: cold, or after the shards were resumed. */
  readonly fullStart: () => Promise<void>;
  /** A migration begins, from this slave or to it. Answers how many shards there are. */
  readonly migrationStart: (from: boolean, shards: number) => Promise<number>;
  readonly stopShard: (shard: number) => Promise<StoppedShard>;
  readonly guildState: (state: unknown) => void;
  readonly resume: (shard: number, at: { readonly SessionID: string; readonly Sequence: number }) => Promise<void>;
  /** Stop at once. The answer goes out, then the process ends. */
  readonly shutdown: () => Promise<void>;
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

  constructor(private readonly options: HandoffSlaveOptions) {}

  /** The connection is back and hello has been said, so the waiting messages go out. */
  connected(): void {
    for (let message = this.#queue[0]; message && this.options.send(message); message = this.#queue[0])
      this.#queue.shift();
  }

  /** Does what a message of the master asks. Answers false where it does not belong to a handoff. */
  receive(message: Message): boolean {
    const { duties } = this.options;
    switch (message.type) {
      case 'softStart':
        this.#perform(async () => {
          await duties.softStart();
          this.#say({ type: 'softStartComplete' });
        });
        return true;
      case 'fullStart':
        this.#perform(() => duties.fullStart());
        return true;
      case 'guildState':
        duties.guildState(message.GuildState);
        return true;
      case 'shardMigrationStart':
        this.#perform(async () => {
          const NumShards = await duties.migrationStart(message.FromThisSlave, message.NumShards);
          this.#say({ type: 'shardMigrationStart', FromThisSlave: message.FromThisSlave, NumShards });
        });
        return true;
      case 'stopShard':
        this.#perform(() => this.#stopShard(message.Shard));
        return true;
      case 'resume':
        this.#perform(async () => {
          await duties.resume(message.Shard, { SessionID: message.SessionID, Sequence: message.Sequence });
          this.#say({
            type: 'resume',
            Shard: message.Shard,
            SessionID: message.SessionID,
            Sequence: message.Sequence,
          });
        });
        return true;
      case 'shutdown':
        this.#perform(async () => { this.#say({ type: 'shutdown' }); await duties.shutdown(); });
        return true;
      default:
        return false;
    }
  }

  async #stopShard(Shard: number): Promise<void> {
    const { SessionID, Sequence, state = [] } = await this.options.duties.stopShard(Shard);
    for (const GuildState of state) this.#say({ type: 'guildState', GuildState });
    this.#say({ type: 'stopShard', Shard, SessionID, Sequence });
  }

  #perform(duty: () => Promise<void>): void {
    duty().catch((error: unknown) => this.options.onFailure?.(error));
  }

  #say(message: Message): void {
    if (this.#queue.length > 0 || !this.options.send(message)) this.#queue.push(message);
  }
}
