import type { Job } from 'bullmq';
import { PinkyError, redisKeys, type Clock, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import { withoutSecrets, type RedisAddress } from '../redis/address.js';
import type { RedisConnection } from '../redis/connection.js';
import type { Router } from '../routing/router.js';
import type { BoxState } from '../state/box-state.js';
import { jobError } from './failure.js';
import { JobSession } from './job-session.js';
import { lockMs, tendJobs, type Tended } from './job-tending.js';
import { obey } from './obey.js';

export interface JobConsumerOptions {
  readonly redis: RedisConnection;
  readonly address: () => RedisAddress;
  readonly keys: ReturnType<typeof redisKeys>;
  /** Begins the token of every lock of this box. */
  readonly owner: string;
  readonly router: Router;
  readonly boxState: BoxState;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Jobs that may be in hand at once. A start holds its place until the game is up, so this is far above any box. */
const mostInHand = 5_000;
const crowdedPauseMs = 50;
/** Between two looks for active jobs that nobody has in hand, milliseconds. */
const sweepMs = 15_000;
/** Pause before a new session, and before a refused write is tried again, milliseconds. */
const pauseMs = 200;

/** Refusals of BullMQ's scripts (its finished-errors.ts). */
const childrenPending = -4;
const lockOfAnother = -6;
const childrenFailed = -9;

interface Held {
  readonly id: string;
  readonly token: string;
  readonly job: Job;
  readonly session: JobSession;
}

/**
 * Takes the jobs of `pinky-<box>` one by one in their order, has them obeyed beside each other, and writes the answers.
 */
export class JobConsumer {
  readonly #hand = new Map<string, Held>();
  readonly #stopped = lifetime();
  readonly #full = lifetime();
  #session: JobSession | undefined;
  #awaitingSession: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #tokens = 0;

  constructor(private readonly options: JobConsumerOptions) {}

  start(): void {
    this.#running ??= Promise.all([this.#keepConsuming(), this.#keepLocks()]).then(() => undefined);
  }

  /** Takes no more; what is in hand is finished. */
  stopTaking(): void {
    this.#full.abort(new Error('no more jobs are taken'));
  }

  /** Ends at once: what is in hand stays active, and the next queue takes it up again. */
  async stop(): Promise<void> {
    this.stopTaking();
    this.#stopped.abort(new Error('stopped'));
    await this.#running;
  }

  /** Goes on at the address as it is now. */
  reconnect(): void {
    this.#session?.end();
  }

  get inHand(): number {
    return this.#hand.size;
  }

  async #keepConsuming(): Promise<void> {
    const { redis, keys, address, logger, clock } = this.options;
    const signal = this.#stopped.signal;
    while (!signal.aborted) {
      let session: JobSession | undefined;
      try {
        await redis.untilReady(signal);
        session = await JobSession.open(keys.queue, address(), signal, (error) =>
          logger.debug({ event: 'jobs.error', because: withoutSecrets(error.message, address()) }),
        );
        this.#session = session;
        for (const wake of this.#awaitingSession.splice(0)) wake();
        await this.#consume(session);
      } catch (error) {
        if (!signal.aborted) {
          logger.debug({
            event: 'jobs.session_lost',
            because: withoutSecrets(error instanceof Error ? error.message : String(error), address()),
          });
        }
      }
      this.#session = undefined;
      await session?.close();
      await clock.rest(pauseMs, signal);
    }
  }

  async #consume(session: JobSession): Promise<void> {
    const { clock } = this.options;
    const over = AbortSignal.any([session.lost, this.#stopped.signal, this.#full.signal]);
    let sweptAt = Number.NEGATIVE_INFINITY;
    while (!over.aborted) {
      if (clock.now() - sweptAt >= sweepMs) {
        await this.#tend(true);
        sweptAt = clock.now();
      }
      if (this.#hand.size >= mostInHand) await clock.sleep(crowdedPauseMs, over);
      else await this.#takeOne(session, over);
    }
    // Full, but not stopped: the session stays for the answers of what is in hand.
    if (!session.lost.aborted && !this.#stopped.signal.aborted) {
      await aborted(AbortSignal.any([session.lost, this.#stopped.signal]));
    }
  }

  async #takeOne(session: JobSession, over: AbortSignal): Promise<void> {
    const token = `${this.options.owner}:${process.pid}:${++this.#tokens}`;
    // lost again: the next session sweeps
    const job = await session.fetch(token, over, () => void this.#tend(true).catch(() => undefined))
      .catch((error: unknown) => { if (!this.#full.signal.aborted) throw error; });
    if (job?.id === undefined) return;
    const held: Held = { id: job.id, token, job, session };
    this.#hand.set(held.id, held);
    const isDown = await this.options.boxState.isDown();
    void this.#obey(held, isDown);
  }

  async #obey(held: Held, isDown: boolean): Promise<void> {
    const { job } = held;
    try {
      if (isDown) throw new PinkyError('box_down', `this box is down: ${job.name} was not obeyed`);
      const result = await obey(this.options.router, {
        name: job.name,
        data: job.data,
        id: commandIdOf(job),
        isTakenAgain: job.attemptsStarted > job.attemptsMade + 1,
      });
      await this.#finish(held, (each) => each.moveToCompleted(result, held.token, false));
    } catch (failure) {
      await this.#finish(held, (each) => fail(each, failure, held.token));
    }
    this.#hand.delete(held.id);
  }

  /** Writes a job's answer, however often Redis goes away meanwhile; or leaves it to the next queue when stopped. */
  async #finish(held: Held, write: (job: Job) => Promise<unknown>): Promise<void> {
    const { logger, clock } = this.options;
    while (!this.#stopped.signal.aborted) {
      const session = await this.#aSession();
      if (!session) return;
      try {
        if (!await session.withJob(held, write)) logger.warn({ event: 'job.vanished', job: held.id });
        return;
      } catch (error) {
        const refusal = errorNumber(error);
        if (refusal === undefined) session.end();
        if (refusal === lockOfAnother || await this.#isGone(held)) return;
        if (refusal === childrenPending || refusal === childrenFailed) write = (job) => fail(job, error, held.token);
        logger.debug({
          event: 'job.unwritten',
          job: held.id,
          because: error instanceof Error ? error.message : String(error),
        });
        // aborted: the loop's condition sees it
        await clock.rest(pauseMs, this.#stopped.signal);
      }
    }
  }

  /** Whether a job needs no answer any more. Gives it its lock back where that has expired. */
  async #isGone(held: Held): Promise<boolean> {
    return this.#tend(false).then(({ gone }) => gone.has(held.id), () => false);
  }

  #aSession(): Promise<JobSession | undefined> {
    if (this.#session || this.#stopped.signal.aborted) return Promise.resolve(this.#session);
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stopped.signal.removeEventListener('abort', done);
        resolve(this.#session);
      };
      this.#awaitingSession.push(done);
      this.#stopped.signal.addEventListener('abort', done, { once: true });
    });
  }

  async #keepLocks(): Promise<void> {
    const signal = this.#stopped.signal;
    while (!signal.aborted) {
      // aborted: the loop's condition sees it
      await this.options.clock.rest(lockMs / 3, signal);
      // away: a lock that expires meanwhile is renewed by the next
      if (!signal.aborted && this.#hand.size > 0) await this.#tend(false).catch(() => undefined);
    }
  }

  async #tend(takeBack: boolean): Promise<Tended> {
    const { redis, keys, owner, logger } = this.options;
    const tended = await tendJobs(redis, { queue: keys.queue, owner, inHand: this.#hand.values(), takeBack });
    if (tended.givenBack > 0) logger.info({ event: 'jobs.taken_up_again', jobs: tended.givenBack });
    return tended;
  }
}

/**
 * The same for a job that is delivered again, another for an attempt that the job itself asked for, and for a job of a
 * later queue that got the same number.
 */
const commandIdOf = (job: Job): string => `bull:${job.id}:${job.timestamp}:${job.attemptsMade}`;

/** What programs may need beyond code and sentence stands in the job's log, as JSON. */
async function fail(job: Job, failure: unknown, token: string): Promise<void> {
  const { error, answer } = jobError(failure);
  if (answer.details) await job.log(JSON.stringify(answer));
  await job.moveToFailed(error, token, false);
}

/** The number that BullMQ's scripts give to a refusal; undefined where the call itself failed. */
const errorNumber = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );
