import type { Message } from '../frames/messages.js';
import type { LongLived } from '../time/lifetime.js';
import { Absence } from './absence.js';
import { eventOfMain, eventOfNext, statesIn } from './answers.js';
import { Departures } from './departures.js';
import type { HandoffMasterOptions } from './master-options.js';
import { migrationTable, type MigrationAction, type MigrationEvent, type MigrationState } from './migration.js';
import { MovingShards, type StopAnswer } from './moving-shards.js';
import type { SlaveConnection } from './slave-connection.js';

const defaultAbsentMs = 15_000;
const defaultStepTimeoutMs = 15_000;
const defaultLeaveTimeoutMs = 5_000;

/**
 * The master's end of a handoff (docs/handoff.md). One slave runs the shards. A second one that says hello takes them
 * over, shard by shard, and the first is shut down. If one of them dies meanwhile, the other has the shards.
 */
export class HandoffMaster implements LongLived {
  #main: SlaveConnection | undefined;
  #next: SlaveConnection | undefined;
  #state: MigrationState = 'idle';
  #because = '';
  /** The old slave was told to shut down, because every shard has moved. */
  #isMainLeaving = false;
  /** The slave that runs must start what it does not run yet, once nobody else can run it. */
  #isStartDue = false;
  #step = new AbortController();
  readonly #stopped = new AbortController();
  readonly #shards: MovingShards;
  readonly #departures: Departures;
  readonly #absence: Absence;

  constructor(private readonly options: HandoffMasterOptions) {
    const { clock, shards = 1, absentMs = defaultAbsentMs, leaveTimeoutMs = defaultLeaveTimeoutMs } = options;
    this.#shards = new MovingShards(shards);
    this.#departures = new Departures({ clock, patienceMs: leaveTimeoutMs, onEmpty: () => this.#allLeft() });
    this.#absence = new Absence(clock, absentMs, () => options.startSlave());
  }

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
    this.#absence.end();
    this.#departures.stop();
    this.#step.abort();
  }

  /**
   * Starts a second slave. The shards move to it once it says hello. Answers false while a migration is under way, and
   * if there is no first slave.
   */
  migrate(): boolean {
    if (!this.#canMigrate || !this.#main) return false;
    this.#apply('wanted', 'a migration was asked for');
    this.options.startSlave();
    return true;
  }

  /** Takes a slave's message. One that does not belong to a handoff, or comes out of turn, is ignored. */
  receive(message: Message, from: SlaveConnection): void {
    if (this.#departures.has(from)) {
      if (message.type === 'shutdown') this.#departures.left(from);
      return;
    }
    switch (message.type) {
      case 'slaveHello': return this.#hello(message.Running, from);
      case 'guildState': return void this.#otherOf(from)?.send(message);
      case 'stopShard': case 'shardStopped': return from === this.#main ? this.#shardStopped(message) : undefined;
      default: {
        if (from === this.#next) return this.#apply(eventOfNext(message, this.#shards), message.type);
        if (from === this.#main) return this.#apply(eventOfMain(message, this.#shards, this.#state), message.type);
      }
    }
  }

  /** The connection to a slave is over. It may come back, but a migration does not wait for that. */
  closed(slave: SlaveConnection): void {
    if (slave === this.#next) {
      this.#next = undefined;
      this.#apply('nextLost', 'the new slave is gone');
    } else if (slave === this.#main) {
      this.#main = undefined;
      this.#apply('mainLost', 'the old slave is gone');
      this.#shards.clear();
    } else this.#departures.left(slave);
    if (!this.#main && !this.#next) this.#watchAbsence();
  }

  #hello(isRunning: boolean, slave: SlaveConnection): void {
    this.#absence.end();
    if (slave === this.#next) return;
    if (slave === this.#main) {
      if (!isRunning && this.#state === 'idle') this.#startFully();
    } else if (isRunning && this.#main) this.#displace(this.#main, slave);
    else if (isRunning || !this.#main) {
      this.#main = slave;
      if (!isRunning) this.#isStartDue = true;
      else if (this.#shards.count > 1) this.#completeLater(slave);
      this.#allLeft();
    } else if (this.#next || !(this.#canMigrate || this.#state === 'awaitingSlave')) {
      this.#departures.dismiss(slave); // a third slave has nothing to do here
    } else {
      this.#next = slave;
      this.#apply('nextHello', 'a second slave said hello');
    }
  }

  /**
   * A slave that runs may have only some of the shards, if a migration was under way when the master before died. It
   * starts the others, once a slave that had them would long have said hello.
   */
  #completeLater(slave: SlaveConnection): void {
    const { clock, absentMs = defaultAbsentMs } = this.options;
    void clock.rest(absentMs, this.#stopped.signal).then((isOver) => {
      if (isOver && slave === this.#main && this.#state === 'idle') this.#startFully();
    });
  }

  /**
   * A slave says that it runs the shards, and so did another one. Nobody knows which of them has which shard. So the
   * others shut down, and then the newcomer starts what it does not run.
   */
  #displace(old: SlaveConnection, newcomer: SlaveConnection): void {
    this.#apply('displaced', 'another slave runs the shards');
    if (this.#main) this.#departures.dismiss(old); // or it was shutting down already
    this.#shards.clear();
    this.#main = newcomer;
    this.#startFully();
  }

  get #canMigrate(): boolean {
    return this.#state === 'idle' && !this.#shards.isAsked;
  }

  /** A shard is free. The next slave gets its state before anything else. */
  #shardStopped(answer: StopAnswer): void {
    if (!this.#shards.wasStopped(answer)) return;
    for (const GuildState of statesIn(answer)) this.#next?.send({ type: 'guildState', GuildState });
    // A late answer: the migration is over, and nobody else takes the shard.
    if (this.#state === 'idle' || this.#state === 'returning') this.#main?.send(this.#shards.resume());
    this.#apply('stopped', 'the shard was stopped');
    this.#lookWhetherRecalled();
  }

  #otherOf(slave: SlaveConnection): SlaveConnection | undefined {
    if (slave === this.#main) return this.#next;
    return slave === this.#next ? this.#main : undefined;
  }

  #apply(event: MigrationEvent | undefined, because: string): void {
    const decision = event ? migrationTable[this.#state][event] : 'ignored';
    if (decision === 'ignored') return;
    this.#state = decision.to;
    this.#step.abort();
    if (decision.to !== 'idle') this.#watchStep();
    this.#act(decision.does, because);
  }

  #act(action: MigrationAction, because: string): void {
    const NumShards = this.#shards.count;
    switch (action) {
      case 'wait': return;
      case 'softStart': return void this.#next?.send({ type: 'softStart' });
      case 'prepareMain': {
        this.#shards.clear();
        return void this.#main?.send({ type: 'shardMigrationStart', FromThisSlave: true, NumShards });
      }
      case 'prepareNext':
        return void this.#next?.send({ type: 'shardMigrationStart', FromThisSlave: false, NumShards });
      case 'stopShard': return void this.#main?.send(this.#shards.stop());
      case 'resumeNext': return void this.#next?.send(this.#shards.resume());
      case 'stopNextShard': {
        this.#shards.next();
        return void this.#main?.send(this.#shards.stop());
      }
      case 'shutDownMain': {
        this.#isMainLeaving = true;
        return void this.#main?.send({ type: 'shutdown' });
      }
      case 'recall': return this.#recall(because);
      case 'giveBack': return this.#giveBack();
      case 'finish': return this.#finish(because);
      case 'abandon': return this.#abandon(because);
      case 'coldStartNext': return this.#coldStart(because);
    }
  }

  /** The new slave may have shards by now, so it shuts down first. The old one says where its last shard stands. */
  #recall(because: string): void {
    this.#because = because;
    this.#dismissNext();
    this.#lookWhetherRecalled();
  }

  #lookWhetherRecalled(): void {
    if (this.#state === 'recalling' && this.#departures.isEmpty && !this.#shards.isAsked) {
      this.#apply('recalled', this.#because);
    }
  }

  /** Every shard comes back to where it stood. A shard whose stop has not been answered yet follows with its answer. */
  #giveBack(): void {
    const orders = this.#shards.giveBack();
    for (const order of orders) this.#main?.send(order);
    if (orders.length === 0) this.#apply('returned', this.#because);
  }

  /** The old slave has no shard any more. If it does not answer, it ends with its connection. */
  #finish(because: string): void {
    if (because !== 'shutdown') this.#main?.end?.();
    this.#promoteNext();
    this.options.onMigration?.('moved', 'every shard was resumed');
  }

  #abandon(because: string): void {
    if (this.#isMainLeaving && this.#main) {
      this.#departures.expect(this.#main); // it has given everything away, and ends
      this.#main = undefined;
    }
    this.#isMainLeaving = false;
    this.#dismissNext();
    this.options.onMigration?.('abandoned', this.#because || because);
    this.#because = '';
  }

  /** The old slave died with shards in hand. The new one finds what it left. */
  #coldStart(because: string): void {
    this.#promoteNext();
    this.options.onMigration?.('abandoned', because);
  }

  #promoteNext(): void {
    this.#isMainLeaving = false;
    this.#main = this.#next;
    this.#next = undefined;
    this.#startFully();
  }

  #dismissNext(): void {
    if (this.#next) this.#departures.dismiss(this.#next);
    this.#next = undefined;
  }

  /** The slave that runs starts everything that it does not run yet, as soon as nobody else can run it. */
  #startFully(): void {
    this.#isStartDue = true;
    this.#allLeft();
  }

  #allLeft(): void {
    if (this.#departures.isEmpty && this.#isStartDue && this.#main) {
      this.#isStartDue = false;
      this.#main.send({ type: 'fullStart' });
    }
    this.#lookWhetherRecalled();
  }

  #watchStep(): void {
    const step = new AbortController();
    this.#step = step;
    void this.options.clock
      .rest(this.options.stepTimeoutMs ?? defaultStepTimeoutMs, step.signal)
      .then((isOver) => isOver && this.#apply('overdue', `nothing came in time while ${this.#state}`));
  }

  #watchAbsence(): void {
    if (!this.#stopped.signal.aborted) this.#absence.begin();
  }
}
