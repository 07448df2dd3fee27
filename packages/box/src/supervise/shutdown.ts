import { processExits, serverPaths, toErrorAnswer, type BoxConfig, type Logger } from '@pinky/protocol';
import type { LadderOptions, ProcessExit } from '@pinky/supervisor';
import { existsSync } from 'node:fs';
import type { BoxChildren } from '../children/box-children.js';
import { apiName, queueName, redisName, serverIdOf, webhooksName, workerName } from '../children/child-names.js';
import type { Connection } from '../children/connections.js';
import { ladders } from '../children/ladders.js';
import { existingServers } from '../keep/stale-ports.js';

export interface ShutdownOptions {
  readonly children: BoxChildren;
  readonly config: () => BoxConfig;
  readonly logger: Logger;
  /** How long the queue may take to finish its commands before the games are stopped all the same. Default 30 s. */
  readonly queueDrainMs?: number;
}

/** How long we wait for a child's hello before we signal it all the same, in milliseconds. */
const helloTimeoutMs = 10_000;

/** How long each wait for another queue lasts during a drain, in milliseconds. A hello ends the wait at once. */
const successorWaitMs = 60_000;

/** How a server is stopped, attempt by attempt, if its worker dies before the game has ended. */
const stopAttempts = ['graceful', 'graceful', 'immediate'] as const;

/** The three ways to shut a box down. Each takes bounded time, and ends early when `signal` aborts. */
export class Shutdown {
  constructor(private readonly options: ShutdownOptions) {}

  /** Accepts no more jobs, finishes those it has, stops every game gracefully, then queue and Redis. */
  async drain(signal: AbortSignal): Promise<void> {
    const { children } = this.options;
    children.startQueue(); // after a detach it is gone, but workers publish their last events through it
    const first = await this.#drainQueue(undefined, signal);
    const workersAreGone = new AbortController();
    const again = this.#drainSuccessors(first, AbortSignal.any([signal, workersAreGone.signal]));
    await this.#stopWorkers('graceful', signal);
    workersAreGone.abort();
    await again;
    if (signal.aborted) return;
    const areGone = this.#stopBeside(); // it has answered to the last
    await children.stop(queueName, { mode: 'graceful', ladder: ladders(this.options.config()).stop });
    if (signal.aborted) return;
    await children.stop(redisName, { mode: 'graceful' });
    await areGone;
  }

  /** Accepts no more jobs and finishes those it has. Games, workers and Redis keep running. */
  async detach(signal: AbortSignal): Promise<void> {
    const areGone = this.#stopBeside();
    await this.#stopQueue(ladders(this.options.config()).stop, signal);
    await areGone;
  }

  /** Stops every game at once. Queue and Redis get a short time to record the result. */
  async quit(signal: AbortSignal): Promise<void> {
    await this.#stopWorkers('immediate', signal);
    const { soon } = ladders(this.options.config());
    const areGone = this.#stopBeside();
    await this.#stopQueue(soon, signal);
    const { heartbeatTimeoutMs: _none, ...redisLadder } = soon;
    await this.options.children.stop(redisName, { mode: 'graceful', ladder: redisLadder });
    await areGone;
  }

  /** API and webhooks. Messages that are not delivered yet are kept in Redis. */
  #stopBeside(): Promise<unknown> {
    const { children, config } = this.options;
    const { soon: ladder } = ladders(config());
    return Promise.all([apiName, webhooksName].map((name) => children.stop(name, { mode: 'graceful', ladder })));
  }

  async #stopQueue(ladder: LadderOptions, signal: AbortSignal): Promise<void> {
    const { children } = this.options;
    if (children.tree.view(queueName)?.pid === undefined) {
      return void (await children.stop(queueName, { mode: 'graceful' }));
    }
    await children.whenGreeted(queueName, helloTimeoutMs, signal);
    if (!signal.aborted) await children.stop(queueName, { mode: 'graceful', ladder });
  }

  /** Waits for a queue other than `told`, tells it to accept no more jobs, and returns its connection. */
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

  /** If the queue dies meanwhile, the tree starts another one. It must not accept jobs either. */
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

  /** If a worker dies before its game has ended, the next worker adopts the game and is asked to stop it too. */
  async #stopWorker(name: string, mode: 'graceful' | 'immediate', signal: AbortSignal): Promise<void> {
    const { children, config, logger } = this.options;
    const serverId = serverIdOf(name) ?? '';
    for (const attempt of stopAttempts) {
      if (children.tree.view(name)?.pid === undefined) children.startWorker(serverId);
      // before its hello it has no listeners for signals
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

/** Whether the game has ended, or another worker owns it, which is asked as well. */
const isDone = (exit: ProcessExit | undefined): boolean =>
  exit?.kind === 'code' && (exit.code === processExits.done || exit.code === processExits.occupied);
