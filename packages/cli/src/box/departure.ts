import type { BoxConfig, Clock, Logger } from '@pinky/protocol';
import type { ProcessExit } from '@pinky/supervisor';
import { existsSync } from 'node:fs';
import { serverPaths, toErrorAnswer } from '@pinky/protocol';
import type { BoxChildren } from './box-children.js';
import { ladders, queueName, redisName, serverIdOf, workerName } from './child-specs.js';
import { existingServers } from './stale-ports.js';

export interface DepartureOptions {
  readonly children: BoxChildren;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the queue may take to finish what it has in hand before the games are stopped under it. Default 30 s. */
  readonly queueDrainMs?: number;
}

/** How long a child may take from its fork to its hello before it is spoken to all the same, milliseconds. */
const helloTimeoutMs = 10_000;

/** How a worker that died while it stopped its game is asked again by its successor. */
const stopAttempts = ['graceful', 'graceful', 'immediate'] as const;

/** The three ways to leave, as sequences. Each ends in bounded time; each gives up its turn when `signal` aborts. */
export class Departure {
  constructor(private readonly options: DepartureOptions) {}

  /** Takes no more jobs, finishes those in hand, stops every game gracefully, then queue and Redis. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#drainQueue(signal);
    if (signal.aborted) return;
    await this.#stopWorkers('graceful', signal);
    if (signal.aborted) return;
    const { children } = this.options;
    await children.stop(queueName, { mode: 'graceful', ladder: ladders(this.options.config()).stop });
    if (signal.aborted) return;
    await children.stop(redisName, { mode: 'graceful' });
  }

  /** Takes no more jobs and finishes those in hand; games, workers and Redis live on. */
  async detach(): Promise<void> {
    await this.options.children.stop(queueName, { mode: 'graceful', ladder: ladders(this.options.config()).stop });
  }

  /** Stops every game at once; queue and Redis get a moment to write down what came of it. */
  async quit(signal: AbortSignal): Promise<void> {
    const { children } = this.options;
    await this.#stopWorkers('immediate', signal);
    const { soon } = ladders(this.options.config());
    await children.stop(queueName, { mode: 'graceful', ladder: soon });
    const { heartbeatTimeoutMs: _none, ...redisLadder } = soon;
    await children.stop(redisName, { mode: 'graceful', ladder: redisLadder });
  }

  async #drainQueue(signal: AbortSignal): Promise<void> {
    const { children, logger, queueDrainMs = 30_000 } = this.options;
    children.startQueue(); // after a detach it is gone, and the workers need it to publish their last events
    if (!(await children.whenGreeted(queueName, helloTimeoutMs, signal))) return logger.warn({ event: 'queue.absent' });
    try {
      await children.connectionOf(queueName)?.peer.request('drain', {}, { deadlineMs: queueDrainMs });
    } catch (error) {
      logger.warn({ event: 'queue.not_drained', error: toErrorAnswer(error).message });
    }
  }

  async #stopWorkers(mode: 'graceful' | 'immediate', signal: AbortSignal): Promise<void> {
    const { children, config } = this.options;
    const names = new Set([...children.workers().map((w) => w.name), ...existingServers(config().servers).map(workerName)]);
    await Promise.all([...names].map((name) => this.#stopWorker(name, mode, signal)));
  }

  /** A worker that dies before its game has ended leaves the game to a successor, which is asked the same. */
  async #stopWorker(name: string, mode: 'graceful' | 'immediate', signal: AbortSignal): Promise<void> {
    const { children, config, logger } = this.options;
    const serverId = serverIdOf(name) ?? '';
    for (const attempt of stopAttempts) {
      if (children.tree.view(name)?.pid === undefined) children.startWorker(serverId);
      await children.whenGreeted(name, helloTimeoutMs, signal); // before its hello a signal would find it without listeners
      if (signal.aborted) return;
      const exit = await children.stop(name, { mode: mode === 'immediate' ? mode : attempt, ladder: ladders(config()).stop });
      if (signal.aborted || isDone(exit) || !existsSync(serverPaths(config().servers, serverId).dir)) return;
      logger.warn({ event: 'worker.stop_again', name, exit: exit?.kind });
    }
    logger.error({ event: 'worker.not_stopped', name });
  }
}

/** 0: the game has ended. 4: another worker owns it, and that one is asked as well. */
const isDone = (exit: ProcessExit | undefined): boolean => exit?.kind === 'code' && (exit.code === 0 || exit.code === 4);
