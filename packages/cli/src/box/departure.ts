import { serverPaths, toErrorAnswer, type BoxConfig, type Logger } from '@pinky/protocol';
import type { LadderOptions, ProcessExit } from '@pinky/supervisor';
import { existsSync } from 'node:fs';
import type { BoxChildren } from './box-children.js';
import { ladders, queueName, redisName, serverIdOf, workerName } from './child-specs.js';
import type { Connection } from './connections.js';
import { existingServers } from './stale-ports.js';

export interface DepartureOptions {
  readonly children: BoxChildren;
  readonly config: () => BoxConfig;
  readonly logger: Logger;
  /** How long the queue may take to finish what it has in hand before the games are stopped under it. Default 30 s. */
  readonly queueDrainMs?: number;
}

/** How long a child may take from its fork to its hello before it is spoken to all the same, milliseconds. */
const helloTimeoutMs = 10_000;

/** Between two looks for a successor of the queue during a drain, milliseconds; one that says hello is seen at once. */
const successorWaitMs = 60_000;

/** How a worker that died while it stopped its game is asked again by its successor. */
const stopAttempts = ['graceful', 'graceful', 'immediate'] as const;

/** The three ways to leave, as sequences. Each ends in bounded time; each gives up its turn when `signal` aborts. */
export class Departure {
  constructor(private readonly options: DepartureOptions) {}

  /** Takes no more jobs, finishes those in hand, stops every game gracefully, then queue and Redis. */
  async drain(signal: AbortSignal): Promise<void> {
    const { children } = this.options;
    children.startQueue(); // after a detach it is gone, and the workers need it to publish their last events
    const first = await this.#drainQueue(undefined, signal);
    const workersAreGone = new AbortController();
    const again = this.#drainSuccessors(first, AbortSignal.any([signal, workersAreGone.signal]));
    await this.#stopWorkers('graceful', signal);
    workersAreGone.abort();
    await again;
    if (signal.aborted) return;
    await children.stop(queueName, { mode: 'graceful', ladder: ladders(this.options.config()).stop });
    if (signal.aborted) return;
    await children.stop(redisName, { mode: 'graceful' });
  }

  /** Takes no more jobs and finishes those in hand; games, workers and Redis live on. */
  async detach(signal: AbortSignal): Promise<void> {
    await this.#stopQueue(ladders(this.options.config()).stop, signal);
  }

  /** Stops every game at once; queue and Redis get a moment to write down what came of it. */
  async quit(signal: AbortSignal): Promise<void> {
    await this.#stopWorkers('immediate', signal);
    const { soon } = ladders(this.options.config());
    await this.#stopQueue(soon, signal);
    const { heartbeatTimeoutMs: _none, ...redisLadder } = soon;
    await this.options.children.stop(redisName, { mode: 'graceful', ladder: redisLadder });
  }

  async #stopQueue(ladder: LadderOptions, signal: AbortSignal): Promise<void> {
    const { children } = this.options;
    if (children.tree.view(queueName)?.pid === undefined) {
      return void (await children.stop(queueName, { mode: 'graceful' }));
    }
    await children.whenGreeted(queueName, helloTimeoutMs, signal);
    if (!signal.aborted) await children.stop(queueName, { mode: 'graceful', ladder });
  }

  /** Has the queue take no more jobs, and returns the one that was told; waits for another one than `told`. */
  async #drainQueue(
    told: Connection | undefined,
    signal: AbortSignal,
    timeoutMs = helloTimeoutMs,
  ): Promise<Connection | undefined> {
    const { children, logger, queueDrainMs = 30_000 } = this.options;
    const isThere = (): boolean => ![undefined, told].includes(children.connectionOf(queueName));
    if (!(await children.until(isThere, timeoutMs, signal))) return told;
    const queue = children.connectionOf(queueName);
    try {
      await queue?.peer.request('drain', {}, { deadlineMs: queueDrainMs });
    } catch (error) {
      logger.warn({ event: 'queue.not_drained', error: toErrorAnswer(error).message });
    }
    return queue;
  }

  /** A queue that died meanwhile has a successor, which takes no jobs either. */
  async #drainSuccessors(first: Connection | undefined, signal: AbortSignal): Promise<void> {
    for (let told = first; !signal.aborted;) told = await this.#drainQueue(told, signal, successorWaitMs);
  }

  async #stopWorkers(mode: 'graceful' | 'immediate', signal: AbortSignal): Promise<void> {
    const { children, config } = this.options;
    const names = new Set([
      ...children.workers().map((w) => w.name),
      ...existingServers(config().servers).map(workerName),
    ]);
    await Promise.all([...names].map((name) => this.#stopWorker(name, mode, signal)));
  }

  /** A worker that dies before its game has ended leaves the game to a successor, which is asked the same. */
  async #stopWorker(name: string, mode: 'graceful' | 'immediate', signal: AbortSignal): Promise<void> {
    const { children, config, logger } = this.options;
    const serverId = serverIdOf(name) ?? '';
    for (const attempt of stopAttempts) {
      if (children.tree.view(name)?.pid === undefined) children.startWorker(serverId);
      // before its hello a signal would find it without listeners
      await children.whenGreeted(name, helloTimeoutMs, signal);
      if (signal.aborted) return;
      const exit = await children.stop(name, {
        mode: mode === 'immediate' ? mode : attempt,
        ladder: ladders(config()).stop,
      });
      if (signal.aborted || isDone(exit) || !existsSync(serverPaths(config().servers, serverId).dir)) return;
      logger.warn({ event: 'worker.stop_again', name, exit: exit?.kind });
    }
    logger.error({ event: 'worker.not_stopped', name });
  }
}

/** 0: the game has ended. 4: another worker owns it, and that one is asked as well. */
const isDone = (exit: ProcessExit | undefined): boolean =>
  exit?.kind === 'code' && (exit.code === 0 || exit.code === 4);
