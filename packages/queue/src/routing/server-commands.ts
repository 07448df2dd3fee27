import { closeSync, openSync } from 'node:fs';
import {
  deferred,
  PinkyError,
  type Clock,
  type CommandResult,
  type Deferred,
  type ErrorCode,
  type Peer,
} from '@pinky/protocol';
import type { RoutedCommand } from './routed-command.js';

export interface ServerCommandsOptions {
  readonly serverId: string;
  /** Has the supervisor start a worker if none runs. */
  readonly ensureWorker: (serverId: string) => Promise<void>;
  readonly clock: Clock;
  /** The last command is answered, so this may be forgotten. */
  readonly onIdle: () => void;
}

/**
 * How long a command that no worker has seen waits for one, milliseconds. The supervisor itself may just be restarting.
 */
const findWorkerTimeoutMs = 30_000;
/** Between two requests for a worker, milliseconds. */
const askAgainMs = 500;
/** Time that a worker gets beyond a command's deadline to say so itself, milliseconds. */
const graceMs = 500;

const silent = (serverId: string): PinkyError =>
  new PinkyError('worker_unreachable', `server ${serverId}: its worker was started and has not said hello`);

const noFiles = (serverId: string): PinkyError => new PinkyError(
  'no_processes',
  `server ${serverId}: the queue can open no more files (EMFILE), so its worker cannot reach it`,
);

/** Whether this process can open one more file, as it must for each connection. */
function canOpenFiles(): boolean {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false; // EMFILE, or ENFILE of the whole machine
  }
}

/** The supervisor is away, or the machine has no room for a process just now. */
const mayPass: ReadonlySet<ErrorCode> = new Set(['supervisor_unreachable', 'no_processes']);

interface PendingCommand {
  readonly routed: RoutedCommand;
  readonly answer: Deferred<CommandResult>;
  readonly endsAt: number;
  /** A worker must have seen it by then. */
  needsWorkerBy: number;
  readonly done: AbortController;
  /** The connection that the command went out on, while that is open. */
  sentTo: Peer | undefined;
  wasSent: boolean;
}

/**
 * The unanswered commands of one server, in the order in which they arrived. Each is sent as soon as there is a worker.
 * If a worker is lost before its answer, the command is sent again to the successor, with the same id and before
 * younger ones.
 */
export class ServerCommands {
  #pending: PendingCommand[] = [];
  #worker: Peer | undefined;
  #search: AbortController | undefined;
  #obstacle: PinkyError | undefined;

  constructor(private readonly options: ServerCommandsOptions) {}

  /** Why there is no worker yet. */
  get obstacle(): string | undefined {
    return this.#obstacle?.message;
  }

  /** Why no worker can be started just now. A worker that boots is no such reason. */
  get lack(): string | undefined {
    return this.#obstacle && mayPass.has(this.#obstacle.code) ? this.#obstacle.message : undefined;
  }

  add(routed: RoutedCommand): Promise<CommandResult> {
    const now = this.options.clock.now();
    const pending: PendingCommand = {
      routed,
      answer: deferred(),
      endsAt: now + routed.deadlineMs,
      needsWorkerBy: now + Math.min(routed.deadlineMs, findWorkerTimeoutMs),
      done: new AbortController(),
      sentTo: undefined,
      wasSent: false,
    };
    this.#pending.push(pending);
    this.#expire(pending);
    if (this.#worker) this.#send(pending, this.#worker);
    else this.#findWorker();
    return pending.answer.promise;
  }

  /** Fails every unanswered command. The consumer that took it from Redis leaves it there for the next queue. */
  stop(): void {
    const ended = new PinkyError('connection_lost', 'the queue ended before the answer');
    for (const pending of [...this.#pending]) this.#settle(pending, () => pending.answer.reject(ended));
  }

  workerArrived(peer: Peer): void {
    this.#worker = peer;
    this.#obstacle = undefined;
    this.#endSearch();
    for (const pending of [...this.#pending]) if (pending.sentTo !== peer) this.#send(pending, peer);
  }

  workerGone(peer: Peer): void {
    if (this.#worker === peer) this.#worker = undefined;
    for (const pending of this.#pending) if (pending.sentTo === peer) pending.sentTo = undefined;
    if (!this.#worker && this.#pending.length > 0) this.#findWorker();
  }

  #send(pending: PendingCommand, peer: Peer): void {
    const { command, id, onProgress } = pending.routed;
    const deadlineMs = Math.max(1, Math.ceil(pending.endsAt - this.options.clock.now()));
    pending.sentTo = peer;
    pending.wasSent = true;
    peer
      .request(
        'command',
        { ...command, id, deadlineMs },
        { deadlineMs: deadlineMs + 2 * graceMs, ...(onProgress && { onProgress }) },
      )
      .then(
        // A worker answers `command` with a CommandResult: it is our own process behind a 0600 socket.
        (value) => this.#settle(pending, () => pending.answer.resolve(value as CommandResult)),
        (failure: PinkyError) => this.#failed(pending, peer, failure),
      );
  }

  /** A lost connection is not an answer: the successor gives it. */
  #failed(pending: PendingCommand, peer: Peer, failure: PinkyError): void {
    if (pending.sentTo !== peer && pending.wasSent && peer.isClosed) return;
    if (failure.code === 'connection_lost' && peer.isClosed) return this.workerGone(peer);
    this.#settle(pending, () => pending.answer.reject(failure));
  }

  #settle(pending: PendingCommand, answer: () => void): void {
    const at = this.#pending.indexOf(pending);
    if (at < 0) return;
    this.#pending.splice(at, 1);
    pending.done.abort();
    answer();
    if (this.#pending.length > 0) return;
    this.#endSearch();
    this.options.onIdle();
  }

  #expire(pending: PendingCommand): void {
    const { command, deadlineMs } = pending.routed;
    void this.options.clock.rest(deadlineMs + graceMs, pending.done.signal).then((isOver) => {
      if (!isOver) return; // answered in time
      const late = new PinkyError(
        'deadline_exceeded',
        `server ${this.options.serverId}: ${command.name} was not answered within ${deadlineMs} ms`,
      );
      this.#settle(pending, () => pending.answer.reject(pending.wasSent ? late : (this.#obstacle ?? late)));
    });
  }

  #findWorker(): void {
    if (this.#search) return;
    this.#search = new AbortController();
    void this.#askForWorker(this.#search.signal);
  }

  #endSearch(): void {
    this.#search?.abort();
    this.#search = undefined;
  }

  async #askForWorker(signal: AbortSignal): Promise<void> {
    const { serverId, ensureWorker, clock } = this.options;
    while (!signal.aborted) {
      try {
        await ensureWorker(serverId);
        const now = canOpenFiles() ? undefined : noFiles(serverId);
        if (!now && this.lack !== undefined) this.#giveTime(); // there is room since just now
        this.#obstacle = now ?? silent(serverId);
      } catch (error) {
        const failure =
          error instanceof PinkyError
            ? error
            : new PinkyError('worker_unreachable', `server ${serverId}: no worker could be started`, { cause: error });
        this.#obstacle = failure;
        // The supervisor's own answer stands, unless it says what may pass.
        if (!signal.aborted && !mayPass.has(failure.code)) this.#giveUp(() => true, failure);
      }
      await clock.rest(askAgainMs, signal);
      if (signal.aborted) return;
      const now = clock.now();
      this.#giveUp((pending) => now >= pending.needsWorkerBy, this.#obstacle);
    }
  }

  /** A worker that could only be started late has as long to boot as any. */
  #giveTime(): void {
    const by = this.options.clock.now() + findWorkerTimeoutMs;
    for (const pending of this.#pending) pending.needsWorkerBy = Math.min(pending.endsAt, by);
  }

  /** Fails commands that no worker has seen. One that a worker has seen waits for the answer until its deadline. */
  #giveUp(which: (pending: PendingCommand) => boolean, failure: PinkyError): void {
    for (const pending of this.#pending.filter((each) => !each.wasSent && which(each)))
      this.#settle(pending, () => pending.answer.reject(failure));
  }
}
