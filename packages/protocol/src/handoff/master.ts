import type { Clock } from '../time/clock.js';
import type { Message } from '../frames/messages.js';
import type { LongLived } from '../time/lifetime.js';
import { migrationTable, type MigrationAction, type MigrationEvent, type MigrationState } from './migration.js';

/** One slave as its master sees it: something that takes messages, such as a `Peer`. */
export interface SlaveConnection {
  /** Answers false where it is gone. */
  send(message: Message): boolean;
}

export interface HandoffMasterOptions {
  readonly clock: Clock;
  /** Starts a slave. Called for a migration, and where no slave has been seen for `absentMs`. */
  readonly startSlave: () => void;
  /** How many shards move in one migration. Default 1. */
  readonly shards?: number;
  /** A slave is started after so much time without one, milliseconds. Default 15 000. */
  readonly absentMs?: number;
  /** How long one step of a migration may take before the migration is abandoned, milliseconds. Default 15 000. */
  readonly stepTimeoutMs?: number;
  /**
   * Hears how a migration ended: `moved`, or `abandoned` with the reason. Then the shards are where they were, or were
   * started cold.
   */
  readonly onMigration?: (outcome: 'moved' | 'abandoned', because: string) => void;
}

const defaultAbsentMs = 15_000;
const defaultStepTimeoutMs = 15_000;

/**
 * The master's end of a handoff (docs/handoff.md). One slave runs the shards. A second one that says hello takes them
 * over, shard by shard, and the first is shut down. Where one of them dies meanwhile, the other has the shards.
 */
export class HandoffMaster implements LongLived {
  #main: SlaveConnection | undefined;
  #next: SlaveConnection | undefined;
  #state: MigrationState = 'idle';
  #shard = 0;
  #step = new AbortController();
  #absence: AbortController | undefined;
  readonly #stopped = new AbortController();
  /** Where the moving shard stood when it was stopped. */
  #position: { readonly SessionID: string; readonly Sequence: number } = { SessionID: '', Sequence: 0 };

  constructor(private readonly options: HandoffMasterOptions) {}

  get main(): SlaveConnection | undefined {
    return this.#main;
  }

  get state(): MigrationState {
    return this.#state;
  }

  /** Begins to watch for slaves. Without one for 15 s, one is started. */
  start(signal?: AbortSignal): void {
    if (signal?.aborted) this.stop();
    signal?.addEventListener('abort', () => this.stop(), { once: true, signal: this.#stopped.signal });
    if (!this.#main) this.#watchAbsence();
  }

  /** Over at once: nothing that a master begins takes time. */
  stop(): void {
    this.#stopped.abort();
    this.#endAbsence();
    this.#step.abort();
  }

  /**
   * Starts a second slave. The shards move to it once it says hello. Answers false while a migration is under way, and
   * where there is no first slave.
   */
  migrate(): boolean {
    if (this.#state !== 'idle' || !this.#main) return false;
    this.#apply('wanted', 'a migration was asked for');
    this.options.startSlave();
    return true;
  }

  /** Takes a slave's message. One that does not belong to a handoff, or comes out of turn, is ignored. */
  receive(message: Message, from: SlaveConnection): void {
    if (message.type === 'slaveHello') return this.#hello(message.Running, from);
    if (message.type === 'guildState') return void this.#otherOf(from)?.send(message);
    const event = this.#eventOf(message, from);
    if (event) this.#apply(event, message.type);
  }

  /** The connection to a slave is over. It may come back, but a migration does not wait for that. */
  closed(slave: SlaveConnection): void {
    if (slave === this.#next) {
      this.#next = undefined;
      this.#apply('nextLost', 'the new slave is gone');
    } else if (slave === this.#main) {
      this.#main = undefined;
      this.#apply('mainLost', 'the old slave is gone');
    }
    if (!this.#main && !this.#next) this.#watchAbsence();
  }

  #hello(isRunning: boolean, slave: SlaveConnection): void {
    this.#endAbsence();
    if (isRunning || !this.#main || slave === this.#main) {
      if (!isRunning) slave.send({ type: 'fullStart' });
      this.#main = slave;
      return;
    }
    if (this.#next) { // a third slave has nothing to do here
      if (slave !== this.#next) slave.send({ type: 'shutdown' });
      return;
    }
    this.#next = slave;
    this.#apply('nextHello', 'a second slave said hello');
  }

  #eventOf(message: Message, from: SlaveConnection): MigrationEvent | undefined {
    if (from === this.#next) {
      switch (message.type) {
        case 'softStartComplete': return 'softStarted';
        case 'shardMigrationStart': return 'nextReady';
        case 'resume': return this.#shard + 1 < this.#shards ? 'resumed' : 'allResumed';
        default: return undefined;
      }
    }
    if (from !== this.#main) return undefined;
    switch (message.type) {
      case 'shardMigrationStart': return 'mainReady';
      case 'stopShard':
        this.#position = { SessionID: message.SessionID, Sequence: message.Sequence };
        return 'stopped';
      case 'shardStopped': return 'stopped';
      case 'shutdown': return 'ended';
      default: return undefined;
    }
  }

  get #shards(): number {
    return this.options.shards ?? 1;
  }

  #otherOf(slave: SlaveConnection): SlaveConnection | undefined {
    if (slave === this.#main) return this.#next;
    return slave === this.#next ? this.#main : undefined;
  }

  #apply(event: MigrationEvent, because: string): void {
    const decision = migrationTable[this.#state][event];
    if (decision === 'ignored') return;
    this.#state = decision.to;
    this.#step.abort();
    if (decision.to !== 'idle') this.#watchStep();
    this.#act(decision.does, because);
  }

  #act(action: MigrationAction, because: string): void {
    const NumShards = this.#shards;
    switch (action) {
      case 'wait':
        return;
      case 'softStart':
        this.#next?.send({ type: 'softStart' });
        return;
      case 'prepareMain':
        this.#shard = 0;
        this.#main?.send({ type: 'shardMigrationStart', FromThisSlave: true, NumShards });
        return;
      case 'prepareNext':
        this.#next?.send({ type: 'shardMigrationStart', FromThisSlave: false, NumShards });
        return;
      case 'stopShard':
        this.#position = { SessionID: '', Sequence: 0 };
        this.#main?.send({ type: 'stopShard', Shard: this.#shard, ...this.#position });
        return;
      case 'resumeNext':
        this.#next?.send({ type: 'resume', Shard: this.#shard, ...this.#position });
        return;
      case 'stopNextShard':
        this.#shard += 1;
        this.#main?.send({ type: 'stopShard', Shard: this.#shard, SessionID: '', Sequence: 0 });
        return;
      case 'shutDownMain':
        this.#main?.send({ type: 'shutdown' });
        return;
      case 'finish':
        return this.#finish();
      case 'giveBack':
        this.#main?.send({ type: 'resume', Shard: this.#shard, ...this.#position });
        return this.#abandon(because);
      case 'abandon':
        return this.#abandon(because);
      case 'coldStartNext':
        return this.#coldStart(because);
    }
  }

  #finish(): void {
    this.#main = this.#next;
    this.#next = undefined;
    this.#main?.send({ type: 'fullStart' });
    this.options.onMigration?.('moved', 'every shard was resumed');
  }

  #abandon(because: string): void {
    this.#next?.send({ type: 'shutdown' });
    this.#next = undefined;
    this.options.onMigration?.('abandoned', because);
  }

  /** The old slave died with shards in hand. The new one finds what it left. */
  #coldStart(because: string): void {
    this.#main = this.#next;
    this.#next = undefined;
    this.#main?.send({ type: 'fullStart' });
    this.options.onMigration?.('abandoned', because);
  }

  #watchStep(): void {
    const step = new AbortController();
    this.#step = step;
    void this.options.clock
      .rest(this.options.stepTimeoutMs ?? defaultStepTimeoutMs, step.signal)
      .then((isOver) => isOver && this.#apply('overdue', `nothing came in time while ${this.#state}`));
  }

  /** One watch at a time: slaves that come and go do not put it off. */
  #watchAbsence(): void {
    if (this.#stopped.signal.aborted || this.#absence) return;
    const absence = new AbortController();
    this.#absence = absence;
    void this.options.clock.rest(this.options.absentMs ?? defaultAbsentMs, absence.signal).then((isOver) => {
      if (!isOver) return;
      this.#absence = undefined;
      this.options.startSlave();
      this.#watchAbsence();
    });
  }

  #endAbsence(): void {
    this.#absence?.abort();
    this.#absence = undefined;
  }
}
