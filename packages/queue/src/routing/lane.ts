import { deferred, PinkyError, type Clock, type CommandResult, type Deferred, type Peer } from '@pinky/protocol';
import type { Order } from './order.js';

export interface LaneOptions {
  readonly serverId: string;
  /** Has the supervisor start a worker where none runs. */
  readonly ensureWorker: (serverId: string) => Promise<void>;
  readonly clock: Clock;
  /** The last command is answered: the lane may be forgotten. */
  readonly onIdle: () => void;
}

/**
 * How long a command that no worker has seen waits for one, milliseconds; the supervisor itself may just be restarting.
 */
export const reachTimeoutMs = 30_000;
/** Between two requests for a worker, milliseconds. */
const askAgainMs = 500;
/** Time that a worker gets beyond a command's deadline to say so itself, milliseconds. */
const graceMs = 500;

interface Entry {
  readonly order: Order;
  readonly answer: Deferred<CommandResult>;
  readonly endsAt: number;
  readonly reachBy: number;
  readonly done: AbortController;
  /** The connection that the command went out on, while that is open. */
  sentTo: Peer | undefined;
  wasSent: boolean;
}

/**
 * The unanswered commands of one server, in order of arrival. Each is sent as soon as there is a worker; one whose
 * worker is lost before the answer is sent again, with the same id and before younger ones, to the successor.
 */
export class Lane {
  #entries: Entry[] = [];
  #worker: Peer | undefined;
  #seeking: AbortController | undefined;
  #obstacle: PinkyError | undefined;

  constructor(private readonly options: LaneOptions) {}

  get isIdle(): boolean {
    return this.#entries.length === 0;
  }

  add(order: Order): Promise<CommandResult> {
    const now = this.options.clock.now();
    const entry: Entry = {
      order,
      answer: deferred(),
      endsAt: now + order.deadlineMs,
      reachBy: now + Math.min(order.deadlineMs, reachTimeoutMs),
      done: new AbortController(),
      sentTo: undefined,
      wasSent: false,
    };
    this.#entries.push(entry);
    this.#expire(entry);
    if (this.#worker) this.#send(entry, this.#worker);
    else this.#seek();
    return entry.answer.promise;
  }

  /** Fails everything that is unanswered; who took it from Redis leaves it there for the next queue. */
  stop(): void {
    const ended = new PinkyError('connection_lost', 'the queue ended before the answer');
    for (const entry of [...this.#entries]) this.#settle(entry, () => entry.answer.reject(ended));
  }

  workerArrived(peer: Peer): void {
    this.#worker = peer;
    this.#obstacle = undefined;
    this.#seeking?.abort();
    this.#seeking = undefined;
    for (const entry of [...this.#entries]) if (entry.sentTo !== peer) this.#send(entry, peer);
  }

  workerGone(peer: Peer): void {
    if (this.#worker === peer) this.#worker = undefined;
    for (const entry of this.#entries) if (entry.sentTo === peer) entry.sentTo = undefined;
    if (!this.#worker && this.#entries.length > 0) this.#seek();
  }

  #send(entry: Entry, peer: Peer): void {
    const { command, id, onProgress } = entry.order;
    const deadlineMs = Math.max(1, Math.ceil(entry.endsAt - this.options.clock.now()));
    entry.sentTo = peer;
    entry.wasSent = true;
    peer
      .request(
        'command',
        { ...command, id, deadlineMs },
        { deadlineMs: deadlineMs + 2 * graceMs, ...(onProgress && { onProgress }) },
      )
      .then(
        // What a worker answers to `command` is a CommandResult: it is our own process behind a 0600 socket.
        (value) => this.#settle(entry, () => entry.answer.resolve(value as CommandResult)),
        (failure: PinkyError) => this.#refused(entry, peer, failure),
      );
  }

  /** A lost connection is no answer: the successor gives it. */
  #refused(entry: Entry, peer: Peer, failure: PinkyError): void {
    if (entry.sentTo !== peer && entry.wasSent && peer.isClosed) return;
    if (failure.code === 'connection_lost' && peer.isClosed) return this.workerGone(peer);
    this.#settle(entry, () => entry.answer.reject(failure));
  }

  #settle(entry: Entry, answer: () => void): void {
    const at = this.#entries.indexOf(entry);
    if (at < 0) return;
    this.#entries.splice(at, 1);
    entry.done.abort();
    answer();
    if (this.#entries.length > 0) return;
    this.#seeking?.abort();
    this.#seeking = undefined;
    this.options.onIdle();
  }

  #expire(entry: Entry): void {
    const { order } = entry;
    void this.options.clock.rest(order.deadlineMs + graceMs, entry.done.signal).then((isOver) => {
      if (!isOver) return; // answered in time
      const late = new PinkyError(
        'deadline_exceeded',
        `server ${this.options.serverId}: ${order.command.name} was not answered within ${order.deadlineMs} ms`,
      );
      this.#settle(entry, () => entry.answer.reject(entry.wasSent ? late : (this.#obstacle ?? late)));
    });
  }

  #seek(): void {
    if (this.#seeking) return;
    const seeking = new AbortController();
    this.#seeking = seeking;
    void this.#seekUntilFound(seeking.signal);
  }

  async #seekUntilFound(signal: AbortSignal): Promise<void> {
    const { serverId, ensureWorker, clock } = this.options;
    while (!signal.aborted) {
      try {
        await ensureWorker(serverId);
        this.#obstacle = new PinkyError(
          'worker_unreachable',
          `server ${serverId}: its worker was started and has not said hello`,
        );
      } catch (error) {
        const failure =
          error instanceof PinkyError
            ? error
            : new PinkyError('worker_unreachable', `server ${serverId}: no worker could be started`, { cause: error });
        this.#obstacle = failure;
        // The supervisor's own answer stands; only its absence may pass.
        if (!signal.aborted && failure.code !== 'supervisor_unreachable') this.#giveUp(() => true, failure);
      }
      await clock.rest(askAgainMs, signal);
      if (signal.aborted) return;
      const now = clock.now();
      this.#giveUp((entry) => now >= entry.reachBy, this.#obstacle);
    }
  }

  /** Fails commands that no worker has seen. One that a worker has seen waits for the answer, to its deadline. */
  #giveUp(which: (entry: Entry) => boolean, failure: PinkyError): void {
    for (const entry of this.#entries.filter((each) => !each.wasSent && which(each)))
      this.#settle(entry, () => entry.answer.reject(failure));
  }
}
