import {
  boxPaths,
  EventLines,
  Link,
  type Command,
  type CommandResult,
  type Cursor,
  type Message,
  type PendingEvent,
  type Peer,
  type ServerState,
  type ServerStatus,
} from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';

export type Answer = (command: Command) => CommandResult | Promise<CommandResult>;

export interface FakeWorkerOptions {
  readonly home: string;
  readonly serverId: string;
  readonly state?: ServerState;
  readonly answer?: Answer;
  readonly answers?: Map<string, CommandResult | Promise<CommandResult>>;
  readonly run?: string;
  /** How many batches may be under way. Default 8. */
  readonly inFlight?: number;
  readonly players?: readonly string[];
  readonly pid?: number;
}

let lastStart = 1000;

/** A worker as the queue sees it: says hello, runs each command id once, and sends events until they are published. */
export class FakeWorker {
  /** The commands that it ran, each id once. */
  readonly commands: Command[] = [];
  /** How often it was asked, with commands that it knew already. */
  asked = 0;
  readonly published: Cursor[] = [];
  /** The recorded answers. Hand the same map to a successor. */
  readonly answers: Map<string, CommandResult | Promise<CommandResult>>;
  readonly pid: number;
  status: ServerStatus;
  #link: Link;
  /** Every line of the run. As in a real worker's files, it can go back to where Redis stands. */
  #lines: PendingEvent[] = [];
  #run: string;
  #end = 0;
  /** How many lines are acknowledged, and how many were sent on this connection. */
  #acked = 0;
  #sent = 0;
  /** The ends of the batches that are under way. */
  #inFlight: number[] = [];
  #isSynced = false;

  constructor(private readonly options: FakeWorkerOptions) {
    this.answers = options.answers ?? new Map();
    this.pid = ++lastStart;
    this.#run = options.run ?? 'r1';
    this.status = {
      serverId: options.serverId,
      game: 'fake',
      state: options.state ?? 'up',
      wanted: 'up',
      since: Date.now(),
      isBackingUp: false,
      port: 10_000,
      pid: options.pid ?? process.pid,
      players: options.players ?? [],
      restarts: 0,
    };
    this.#link = new Link({ path: boxPaths(options.home).queueSocket }, {
      greet: () => this.#greeting(),
      onMessage: (message) => this.#receive(message),
      onRequest: (method, params) => this.#answer(method, params),
      onDisconnected: () => this.#disconnected(),
    });
  }

  start(): this {
    this.#link.start();
    return this;
  }

  /** As if it was killed: the connection ends, whatever is in hand. */
  kill(): void {
    const peer = this.#link.peer;
    void this.#link.stop();
    peer?.destroy();
  }

  get peer(): Peer | undefined {
    return this.#link.peer;
  }

  say(change: Partial<ServerStatus>): void {
    this.status = { ...this.status, ...change };
    this.#link.send({ type: 'status', status: this.status });
  }

  /** One more console line. It is sent as soon as the queue has said where to go on and not too much is under way. */
  event(fields: Record<string, unknown>): void {
    const line = JSON.stringify(fields);
    const start = this.#end;
    this.#end = start + line.length + 1;
    this.#lines.push({ stream: 'console', start, end: this.#end, json: line });
    this.#pump();
  }

  /** A new run of the game: its files begin at 0. */
  newRun(run: string): void {
    this.#run = run;
    this.#lines = [];
    this.#end = this.#acked = this.#sent = 0;
    this.#inFlight = [];
  }

  get unpublished(): number {
    return this.#lines.length - this.#acked;
  }

  /** Resolves once `condition` holds. The text of the condition says what was waited for in vain. */
  until(condition: () => boolean): Promise<true> {
    return until(`of the fake worker ${this.options.serverId}: ${condition.toString()}`, condition);
  }

  #greeting(): Message[] {
    return [
      {
        type: 'identify',
        role: 'worker',
        pid: this.pid,
        startTime: String(this.pid),
        version: '0',
        serverId: this.options.serverId,
      },
      { type: 'slaveHello', Running: true },
      { type: 'status', status: this.status },
    ];
  }

  #receive(message: Message): void {
    if (message.type === 'published') {
      this.published.push({ run: message.run, console: message.console, journal: message.journal });
      this.#acknowledged(message);
      this.#pump();
    }
  }

  #acknowledged({ run, console }: Cursor): void {
    const isExpected = this.#isSynced && run === this.#run && this.#inFlight.includes(console);
    this.#acked = run === this.#run ? this.#lines.filter((line) => line.end <= console).length : 0;
    this.#inFlight = isExpected ? this.#inFlight.filter((end) => end > console) : [];
    if (!isExpected) this.#sent = this.#acked;
    this.#isSynced = true;
  }

  #disconnected(): void {
    this.#isSynced = false;
    this.#inFlight = [];
    this.#sent = this.#acked;
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (method === 'explain') {
      return { serverId: this.options.serverId, state: this.status.state, because: 'the worker says so' };
    }
    const command = params as Command;
    this.asked += 1;
    const known = this.answers.get(command.id);
    if (!known) this.commands.push(command);
    const answer =
      known ??
      Promise.resolve(this.options.answer?.(command) ?? { serverId: this.options.serverId, state: this.status.state });
    this.answers.set(command.id, answer);
    return answer;
  }

  /** Each batch begins where the one before it ended, as a real worker's do. */
  #pump(): void {
    if (!this.#isSynced || this.#inFlight.length >= (this.options.inFlight ?? 8) || this.#sent === this.#lines.length) {
      return;
    }
    const console = this.#end;
    const events = this.#lines.slice(this.#sent);
    const isOld = this.pid % 2 === 1; // every other worker is of a version that sends each event by itself
    if (
      !this.#link.send({
        type: 'events',
        serverId: this.options.serverId,
        run: this.#run,
        events,
        ...(!isOld && { lines: EventLines.of(events) }),
        console,
        journal: 0,
      })
    ) {
      return;
    }
    this.#sent = this.#lines.length;
    this.#inFlight.push(console);
  }
}
