import { boxPaths, Link, type Command, type CommandResult, type Cursor, type Message, type PendingEvent, type Peer, type ServerState, type ServerStatus } from '@pinky/protocol';

export type Answer = (command: Command) => CommandResult | Promise<CommandResult>;

let lastStart = 1000;

/** A worker as the queue sees it: says hello, obeys commands once per id, and sends events until they are published. */
export class FakeWorker {
  /** What it obeyed, each id once. */
  readonly commands: Command[] = [];
  /** How often it was asked, commands that it knew included. */
  asked = 0;
  readonly published: Cursor[] = [];
  /** Recorded answers; hand the same map to a successor. */
  readonly answers: Map<string, CommandResult | Promise<CommandResult>>;
  readonly pid: number;
  status: ServerStatus;
  #link: Link;
  /** Every line of the run: as in the real one's files, it can go back to where Redis stands. */
  #lines: PendingEvent[] = [];
  #events: PendingEvent[] = [];
  #sent: Cursor;
  #wakers: (() => void)[] = [];

  constructor(private readonly options: { home: string; serverId: string; state?: ServerState; answer?: Answer; answers?: Map<string, CommandResult | Promise<CommandResult>>; run?: string; players?: string[]; pid?: number }) {
    this.answers = options.answers ?? new Map();
    this.pid = ++lastStart;
    this.#sent = { run: options.run ?? 'r1', console: 0, journal: 0 };
    this.status = {
      serverId: options.serverId, game: 'fake', state: options.state ?? 'up', wanted: 'up', since: Date.now(), isBackingUp: false,
      port: 10_000, pid: options.pid ?? process.pid, players: options.players ?? [], restarts: 0,
    };
    this.#link = new Link({ path: boxPaths(options.home).queueSocket }, {
      greet: () => this.#greeting(),
      onMessage: (message) => this.#receive(message),
      onRequest: (method, params) => this.#obey(method, params),
    });
  }

  start(): this {
    this.#link.start();
    return this;
  }

  /** As if it was killed: the connection ends, whatever is in hand. */
  kill(): void {
    const peer = this.#link.peer;
    this.#link.stop();
    peer?.destroy();
  }

  get peer(): Peer | undefined {
    return this.#link.peer;
  }

  say(change: Partial<ServerStatus>): void {
    this.status = { ...this.status, ...change };
    this.#link.send({ type: 'status', status: this.status });
    this.#wake();
  }

  /** One more console line; everything that is unpublished is sent with it. */
  event(fields: Record<string, unknown>): void {
    const line = JSON.stringify(fields);
    const start = this.#sent.console;
    this.#sent = { ...this.#sent, console: start + line.length + 1 };
    const event: PendingEvent = { stream: 'console', start, end: this.#sent.console, json: line };
    this.#lines.push(event);
    this.#events.push(event);
    this.#send();
  }

  /** A new run of the game: its files begin at 0. */
  newRun(run: string): void {
    this.#sent = { run, console: 0, journal: 0 };
    this.#lines = [];
    this.#events = [];
  }

  get unpublished(): number {
    return this.#events.length;
  }

  /** Resolves once `condition` holds, looked at whenever something arrives. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (condition()) resolve();
        else this.#wakers.push(look);
      };
      look();
    });
  }

  #greeting(): Message[] {
    return [
      { type: 'identify', role: 'worker', pid: this.pid, startTime: String(this.pid), version: '0', serverId: this.options.serverId },
      { type: 'slaveHello', Running: true },
      { type: 'status', status: this.status },
    ];
  }

  #receive(message: Message): void {
    if (message.type === 'published') {
      this.published.push({ run: message.run, console: message.console, journal: message.journal });
      if (message.run === this.#sent.run) this.#events = this.#lines.filter((event) => event.start >= message.console);
      if (this.#events.length > 0) this.#send();
    }
    this.#wake();
  }

  async #obey(method: string, params: unknown): Promise<unknown> {
    if (method === 'explain') return { serverId: this.options.serverId, state: this.status.state, because: 'the worker says so' };
    const command = params as Command;
    this.asked += 1;
    const known = this.answers.get(command.id);
    if (!known) this.commands.push(command);
    const answer = known ?? Promise.resolve(this.options.answer?.(command) ?? { serverId: this.options.serverId, state: this.status.state });
    this.answers.set(command.id, answer);
    this.#wake();
    return answer;
  }

  #send(): void {
    this.#link.send({ type: 'events', serverId: this.options.serverId, ...this.#sent, events: this.#events });
  }

  #wake(): void {
    for (const look of this.#wakers.splice(0)) look();
  }
}
