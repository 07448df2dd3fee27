import { randomUUID } from 'node:crypto';
import {
  asPinkyError, boxCommandDeadlineMs, boxPaths, commandDeadlineMs, isScheduleCommandName, openPeer, PinkyError,
  requestOnce,
  type BoxCommandName, type BoxCommandResult, type Clock, type CommandName, type CommandResult, type Message,
  type ProgressListener, type ServerStatus, type SetResult,
} from '@pinky/protocol';
import { failingChildren, queueFails } from '../known/failing-children.js';
import { versionRemoved } from '../known/removed-release.js';
import { findProcesses } from '../observe/processes.js';
import { greeting } from './greeting.js';
import { askForTree, isSocket, socketGone } from './supervisor.js';

export interface QueueClientOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long to wait for a queue that restarts, in milliseconds. Default 10 000. */
  readonly patienceMs?: number;
}

const retryPauseMs = 100;
/** After this time we check that the box runs at all, in milliseconds. A starting queue usually needs less. */
const lookMs = 1000;
/** Extra time beyond the deadline of a command, so that the box can still answer. Milliseconds. */
const graceMs = 5000;

/** Talks to the queue of a box. It waits while the queue restarts, and never runs a command twice. */
export class QueueClient {
  constructor(private readonly options: QueueClientOptions) {}

  /** Sends one command. After a broken connection it is sent again with the same id, so that it runs only once. */
  async command(
    name: CommandName,
    data: Readonly<Record<string, unknown>>,
    onProgress?: ProgressListener,
  ): Promise<CommandResult> {
    const request = { name, data, id: `cli:${randomUUID()}` };
    const deadlineMs = commandDeadlineMs[name] + graceMs;
    // The protocol promises a CommandResult for `command`.
    return (await this.#ask('command', request, { deadlineMs, ...(onProgress && { onProgress }) })) as CommandResult;
  }

  /** Sends a command that the queue answers itself. */
  async boxCommand<R extends BoxCommandResult>(
    name: BoxCommandName,
    data: Readonly<Record<string, unknown>>,
    onProgress?: ProgressListener,
  ): Promise<R> {
    const deadlineMs = boxCommandDeadlineMs[name] + graceMs;
    // a schedule or distribution that is added twice would be two
    const isNew = isScheduleCommandName(name) || name === 'distribute';
    const request = isNew ? { name, data, id: `cli:${randomUUID()}` } : { name, data };
    const answer = this.#ask('command', request, { deadlineMs, ...(onProgress && { onProgress }) });
    return (await answer) as R; // the protocol promises it for `name`
  }

  /** Has the queue change what a server is, which starts nothing. */
  async define(data: Readonly<Record<string, unknown>>): Promise<SetResult> {
    const deadlineMs = boxCommandDeadlineMs.set + graceMs;
    return (await this.#ask('define', { data }, { deadlineMs })) as SetResult; // the queue's answer
  }

  async servers(): Promise<readonly ServerStatus[]> {
    return (await this.#ask('servers', {}, { deadlineMs: graceMs })) as readonly ServerStatus[];
  }

  /** Hands on events from now on until `signal` aborts. Reconnects when the queue restarts. */
  async follow(onEvent: (json: string) => void, onConnected: () => void): Promise<void> {
    const { signal, clock } = this.options;
    while (!signal.aborted) {
      await this.#followOnce(onEvent, onConnected);
      if (!signal.aborted) await clock.rest(retryPauseMs, signal);
    }
  }

  async #followOnce(onEvent: (json: string) => void, onConnected: () => void): Promise<void> {
    const { home, signal } = this.options;
    const { promise, end } = ended(signal);
    const peer = await this.#untilThere(() => openPeer({ path: boxPaths(home).queueSocket }, {
      onMessage: (message: Message) => { if (message.type === 'feed') onEvent(message.json); },
      onClose: end,
    }));
    try {
      for (const message of greeting()) peer.send(message);
      await peer.request('subscribe', {}, { deadlineMs: graceMs });
      onConnected();
      await promise;
    } catch (error) {
      if (!isLost(error)) throw error;
    } finally {
      peer.end();
    }
  }

  #ask(
    method: string,
    params: unknown,
    options: { deadlineMs: number; onProgress?: ProgressListener },
  ): Promise<unknown> {
    const address = { path: boxPaths(this.options.home).queueSocket };
    return this.#untilThere(() =>
      requestOnce(address, method, params, { ...options, greet: greeting(), signal: this.options.signal }),
    );
  }

  /**
   * Tries again while no queue listens or the connection breaks, up to `patienceMs`. It gives up sooner if no process
   * of the box runs, because then no queue will start.
   */
  async #untilThere<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, signal, patienceMs = 10_000 } = this.options;
    const giveUpAt = clock.now() + patienceMs;
    for (let lookAt = clock.now() + lookMs; ;) {
      try {
        return await raceAbort(attempt(), signal);
      } catch (error) {
        if (!isLost(error)) throw error;
        const now = clock.now();
        const isDeserted = now >= lookAt && findProcesses(this.options.home).length === 0;
        if (now >= giveUpAt || isDeserted) throw await this.#whyAway(error);
        if (now >= lookAt) lookAt = Infinity; // only once, because it reads every process of the machine
      }
      await clock.sleep(retryPauseMs, signal);
    }
  }

  /** Finds out whether only the queue is away, or the whole box. */
  async #whyAway(cause: unknown): Promise<PinkyError> {
    const { home, patienceMs = 10_000 } = this.options;
    const queue = findProcesses(home).find(({ role }) => role === 'queue');
    if (queue && !isSocket(boxPaths(home).queueSocket)) {
      return socketGone('queue', queue.pid, boxPaths(home).queueSocket, cause);
    }
    try {
      const { removed, children } = await askForTree(home);
      if (removed !== undefined) return versionRemoved(removed);
      const failing = failingChildren(home, children);
      const ofQueue = failing.find(({ role }) => role === 'queue');
      if (ofQueue) return queueFails(ofQueue.failure);
    } catch (error) {
      if (['socket_gone', 'home_moved'].includes(asPinkyError(error).code)) return asPinkyError(error);
      return new PinkyError(
        'supervisor_unreachable',
        `no process of the box in ${home} answers; games that run are not affected`,
        { cause },
      );
    }
    return new PinkyError(
      'connection_lost',
      `the queue of the box in ${home} has not answered for ${patienceMs / 1000} s, though its supervisor runs; see ` +
        `its log in ${boxPaths(home).logDir}`,
      { cause },
    );
  }
}

const isLost = (error: unknown): boolean => error instanceof PinkyError && error.code === 'connection_lost';

function ended(signal: AbortSignal): { promise: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => { end = resolve; });
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return { promise, end };
}

/** Ctrl-C ends the wait at once. The box goes on with the command. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('interrupted'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

