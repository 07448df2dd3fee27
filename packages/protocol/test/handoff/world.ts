import { HandoffMaster, HandoffSlave, type Message } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';

/** Something that happens to the world after so many events. */
export interface Fault {
  readonly after: number;
  readonly to: 'old' | 'new' | 'both' | 'master' | 'oldHangs' | 'newHangs';
}

/** A slave as a process: it runs shards, dies with all of them, and can stand still for a while. */
class Process {
  readonly running = new Map<number, number>();
  readonly slave: HandoffSlave;
  isAlive = true;
  hangsUntil = 0;
  #inbox: (() => void)[] = [];
  #connection = this.#connect();

  constructor(private readonly world: World) {
    const { running } = this;
    this.slave = new HandoffSlave({
      send: (message) => this.#send(message),
      duties: {
        softStart: async () => undefined,
        fullStart: async () => world.shards.forEach((shard) => running.has(shard) || running.set(shard, 0)),
        migrationStart: async (_from, shards) => shards,
        stopShard: async (shard) => {
          const Sequence = (running.get(shard) ?? 0) + 10;
          running.delete(shard);
          world.stoppedAt.set(shard, Sequence);
          return { SessionID: `session-${shard}`, Sequence };
        },
        guildState: () => undefined,
        resume: async (shard, { Sequence }) => {
          world.resumed.push([shard, Sequence, world.stoppedAt.get(shard)]);
          running.set(shard, Sequence);
        },
        shutdown: async () => running.clear(),
        leave: () => this.die(),
      },
    });
    this.hello();
  }

  hello(): void {
    this.#connection = this.#connect();
    this.world.toMaster(this.#connection, { type: 'slaveHello', Running: this.running.size > 0 });
    this.slave.connected();
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.running.clear();
    this.world.ended(this.#connection);
  }

  /** Its master is gone, or has closed the connection. It connects again. */
  cut(connection = this.#connection): void {
    this.deliver(() => {
      if (connection !== this.#connection) return;
      this.world.ended(connection);
      this.slave.disconnected();
      this.world.later(() => this.isAlive && this.hello());
    });
  }

  deliver(event: () => void): void {
    this.world.later(() => {
      if (this.hangsUntil > this.world.clock.now()) this.#inbox.push(event);
      else if (this.isAlive) event();
    });
  }

  wake(): void {
    if (this.hangsUntil > this.world.clock.now()) return;
    for (const event of this.#inbox.splice(0)) this.deliver(event);
  }

  #connect() {
    const connection = {
      send: (message: Message): boolean => {
        this.deliver(() => void this.slave.receive(message));
        return this.isAlive;
      },
      end: (): void => this.cut(connection),
    };
    return connection;
  }

  #send(message: Message): boolean {
    if (this.isAlive) this.world.toMaster(this.#connection, message);
    return this.isAlive;
  }
}

type Connection = Parameters<HandoffMaster['receive']>[1];

/** A master and its slaves in memory. Events happen one after the other, and faults between them. */
export class World {
  readonly clock = new FakeClock();
  readonly stoppedAt = new Map<number, number>();
  /** Each shard that was resumed, where, and where it had been stopped. */
  readonly resumed: [number, number, number | undefined][] = [];
  /** Shards that ran twice at some moment. */
  readonly twice = new Set<number>();
  readonly processes: Process[] = [];
  #master: HandoffMaster;
  #events: (() => unknown)[] = [];
  #count = 0;

  constructor(readonly shards: readonly number[], private readonly faults: readonly Fault[]) {
    this.#master = this.#newMaster();
  }

  later(event: () => unknown): void {
    this.#events.push(event);
  }

  toMaster(connection: Connection, message: Message): void {
    this.later(() => this.#master.receive(message, connection));
  }

  ended(connection: Connection): void {
    this.later(() => this.#master.closed(connection));
  }

  /** Starts the first slave, migrates, and lets everything happen until nothing happens any more. */
  async live(): Promise<void> {
    this.#startSlave();
    await this.#drain();
    this.#count = 0;
    this.#master.migrate();
    for (let step = 0; step < 40; step += 1) {
      await this.#drain();
      await this.clock.advance(5_000);
      for (const process of this.processes) process.wake();
    }
    await this.#drain();
    this.#master.stop();
  }

  /** How many living slaves run each shard. */
  get runs(): readonly number[] {
    return this.shards.map((shard) => this.processes.filter(({ running }) => running.has(shard)).length);
  }

  #startSlave(): void {
    this.processes.push(new Process(this));
  }

  #newMaster(): HandoffMaster {
    const master = new HandoffMaster({
      clock: this.clock,
      shards: this.shards.length,
      startSlave: () => this.#startSlave(),
    });
    master.start();
    return master;
  }

  async #drain(): Promise<void> {
    for (let event = this.#events.shift(); event; event = this.#events.shift()) {
      event();
      await new Promise((resolve) => setImmediate(resolve));
      this.#count += 1;
      for (const fault of this.faults) if (fault.after === this.#count) this.#happens(fault);
      this.runs.forEach((runs, shard) => runs > 1 && this.twice.add(shard));
    }
  }

  #happens({ to }: Fault): void {
    const living = this.processes.filter(({ isAlive }) => isAlive);
    const [old, next] = living;
    switch (to) {
      case 'old': return old?.die();
      case 'new': return next?.die();
      case 'both': return living.forEach((process) => process.die());
      case 'oldHangs': case 'newHangs': {
        const process = to === 'oldHangs' ? old : next;
        if (process) process.hangsUntil = this.clock.now() + 60_000;
        return;
      }
      case 'master': {
        this.#master.stop();
        this.#master = this.#newMaster();
        return living.forEach((process) => process.cut());
      }
    }
  }
}
