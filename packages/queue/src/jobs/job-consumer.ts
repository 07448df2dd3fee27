import type { Job } from 'bullmq';
import { isCommandName, Lifetime, messageOf, PinkyError, sharedAbort, type LongLived } from '@pinky/protocol';
import { assertOwner } from '../owner/fenced-script.js';
import { withoutSecrets } from '../redis/address.js';
import { needsNewConnection, refusalOf } from '../redis/trouble.js';
import { checkAndRoute } from '../commands/check-and-route.js';
import type { ConsumerOptions } from '../commands/consumer-options.js';
import { failByLock } from './fail-by-lock.js';
import { finishDropped, type DroppedJob } from './finish-dropped.js';
import { jobError } from '../commands/failure.js';
import { CurrentSession } from './current-session.js';
import { JobAnswers } from './job-answers.js';
import { whoseFault } from './job-faults.js';
import { optionFault } from './job-options.js';
import { JobProgress } from './job-progress.js';
import { JobSession, type HeldJob } from './job-session.js';
import { JobWatchdog, watchMs } from './job-watchdog.js';
import { lockMs, tendJobs, type Tended } from './job-tending.js';

/** Jobs that may be in hand at once. A start holds its place until the game is up, so this is far above any box. */
const mostInHand = 5_000;
const crowdedPauseMs = 50;
/** Between two fetches while the queue's rate limit lasts, milliseconds. */
const limitedPauseMs = 20;
/** How many fetches may bring nothing at once although no rate limit lasts. */
const mostQuickFetches = 3;
/** Between two looks for active jobs that nobody has in hand, milliseconds. */
const sweepMs = 15_000;
/** Pause before a new session, and before one to a Redis that refused the last, milliseconds. */
const pauseMs = 200;
const refusedPauseMs = 1_000;

/**
 * Takes the jobs of `pinky-<box>` one by one in their order, runs them beside each other, and writes the answers. A
 * stop ends at once: what is in hand stays active, and the next queue takes it up again.
 */
export class JobConsumer implements LongLived {
  readonly #hand = new Map<string, HeldJob>();
  readonly #session = new CurrentSession();
  readonly #answers: JobAnswers;
  readonly #progress: JobProgress;
  readonly #watchdog: JobWatchdog;
  readonly #full = sharedAbort();
  readonly #life = new Lifetime({
    begin: (signal) => {
      this.#life.add(this.#keepConsuming(signal));
      this.#life.add(this.#keepLocks(signal));
      this.#life.add(this.#keepWatch(signal));
    },
    end: () => this.stopTaking(),
  });
  #tokens = 0;
  /** How many fetches in a row brought nothing, and did not wait. */
  #quickFetches = 0;

  constructor(private readonly options: ConsumerOptions) {
    const { logger, clock } = options;
    this.#progress = new JobProgress({ session: this.#session, logger, clock });
    this.#watchdog = new JobWatchdog(options);
    this.#answers = new JobAnswers({
      session: this.#session,
      isGone: (held) => this.#isGone(held),
      explained: (error) => options.redis.explained('job answers', error),
      assertOwner: () => options.redis.write('look who owns the box', (fenced) => assertOwner(fenced)),
      failByLock: (token, reason) => this.#failByLock(token, reason),
      finishDropped: (job) => this.#finishDropped(job),
      logger,
      clock,
    });
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Takes no more, and finishes what is in hand. */
  stopTaking(): void {
    this.#full.abort(new Error('no more jobs are taken'));
  }

  /** Goes on at the address as it is now. */
  reconnect(): void {
    this.#session.end();
  }

  get inHand(): number {
    return this.#hand.size;
  }

  async #keepConsuming(signal: AbortSignal): Promise<void> {
    const { redis, keys, address, troubles, logger, clock } = this.options;
    while (!signal.aborted) {
      let session: JobSession | undefined;
      let sentence = messageOf;
      let isRefused = false;
      try {
        await redis.untilReady(signal);
        const box = { boxState: keys.boxState, fence: () => redis.fence };
        const to = { address: address(), box };
        sentence = (error) => withoutSecrets(messageOf(error), to.address);
        session = await JobSession.open(keys.queue, to, signal, (error) =>
          logger.debug({ event: 'jobs.error', because: sentence(error) }),
        );
        this.#session.set(session);
        await this.#consume(session, signal);
      } catch (failure) {
        const error = await redis.explained('jobs', failure);
        if (!signal.aborted) logger.debug({ event: 'jobs.session_lost', because: sentence(error) });
        isRefused = refusalOf(error) !== undefined && !needsNewConnection(error);
        if (!signal.aborted && isRefused) troubles.failed('jobs', error, sentence(error));
      }
      this.#session.set(undefined);
      await session?.close();
      await clock.rest(isRefused ? refusedPauseMs : pauseMs, signal);
    }
  }

  async #consume(session: JobSession, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const over = AbortSignal.any([session.lost, signal, this.#full.signal]);
    let sweptAt = Number.NEGATIVE_INFINITY;
    while (!over.aborted) {
      if (clock.now() - sweptAt >= sweepMs) {
        await this.#tend(true);
        sweptAt = clock.now();
      }
      if (this.#hand.size >= mostInHand) await clock.rest(crowdedPauseMs, over);
      else await this.#takeOne(session, over, signal);
    }
    // Full, but not stopped: the session stays for the answers of what is in hand.
    if (!session.lost.aborted && !signal.aborted) await aborted(AbortSignal.any([session.lost, signal]));
  }

  async #takeOne(session: JobSession, over: AbortSignal, signal: AbortSignal): Promise<void> {
    const token = `${this.options.locks.owner}:${process.pid}:${++this.#tokens}`;
    const begunAt = this.options.clock.now();
    // Redis lost again: the next session sweeps.
    const job = await session
      .fetch(token, over, () => void this.#tend(true).catch(() => undefined))
      .catch((error: unknown) => this.#fetchFailed(error, session, token));
    if (!over.aborted) this.options.troubles.works('jobs');
    if (job?.id === undefined) return this.#idle(begunAt, over);
    this.#watchdog.taken();
    this.#quickFetches = 0;
    const held: HeldJob = { id: job.id, token, job, session };
    this.#hand.set(held.id, held);
    if (isNew(job)) this.options.times.taken(job.timestamp + (job.opts.delay ?? 0));
    try {
      // BullMQ's own script took it, which knows no owner: only now it is known whether the job is ours.
      const isDown = (await session.wasDownAtTake(held.id)) ?? (await this.options.boxState.isDown());
      void this.#run(held, isDown, signal);
    } catch (error) {
      this.#hand.delete(held.id);
      await this.#answers.giveBack(held);
      throw error; // a new session begins when the box is ours again
    }
  }

  /** A job that BullMQ cannot even read is failed by its lock, so that the jobs behind it are taken. */
  async #fetchFailed(error: unknown, session: JobSession, token: string): Promise<undefined> {
    if (this.#full.signal.aborted) return undefined;
    const explained = await this.options.redis.explained('jobs', error);
    if (whoseFault(explained, session) !== 'job') throw explained;
    await this.#failByLock(token, jobError(new PinkyError('bad_command', unreadable(error))).error.message);
    return undefined;
  }

  async #failByLock(token: string, reason: string): Promise<void> {
    const { redis, keys, logger, clock } = this.options;
    const failure = { token, reason, atMs: Math.round(clock.wallNow()) };
    const id = await redis.write('fail a job', (fenced) => failByLock(fenced, keys.queue, failure));
    if (id !== undefined) logger.warn({ event: 'job.failed_by_lock', job: id, because: reason });
  }

  #finishDropped(job: Pick<DroppedJob, 'id' | 'end' | 'hasDied'>): Promise<boolean> {
    const { redis, keys, clock } = this.options;
    const dropped = { ...job, atMs: Math.round(clock.wallNow()) };
    return redis.write('end a dropped job', (fenced) => finishDropped(fenced, keys.queue, dropped));
  }

  /**
   * A fetch that brings nothing at once is usual when the queue has just become empty, and so is another one: the mark
   * of a job that was taken already wakes it. The third one waits inside Redis, unless a rate limit lasts.
   */
  async #idle(begunAt: number, over: AbortSignal): Promise<void> {
    const { clock } = this.options;
    this.#quickFetches = clock.now() - begunAt < limitedPauseMs ? this.#quickFetches + 1 : 0;
    if (this.#quickFetches > mostQuickFetches) await clock.rest(limitedPauseMs, over);
  }

  async #run(held: HeldJob, isDown: boolean, signal: AbortSignal): Promise<void> {
    const { job } = held;
    const { times, clock } = this.options;
    const takenAt = clock.now();
    try {
      if (isDown) throw new PinkyError('box_down', `this box is down: ${job.name} was not run`);
      // BullMQ takes such a job only to be failed
      if (job.deferredFailure) throw neverRun(job.deferredFailure);
      const fault = optionFault(job);
      if (fault) throw fault;
      const result = await checkAndRoute(this.options, {
        name: job.name,
        data: job.data,
        id: commandIdOf(job),
        isTakenAgain: job.attemptsStarted > job.attemptsMade + 1,
        onProgress: this.#progress.listenerFor(held, signal),
      });
      await this.#answers.complete(held, result, signal);
    } catch (failure) {
      await this.#answers.fail(held, failure, signal);
    }
    if (!signal.aborted) times.answered('job', job.name, takenAt); // else the next queue answers it
    this.#hand.delete(held.id);
    await this.#watchdog.freed();
  }

  /** Whether a job needs no answer any more. Gives it its lock back where that has expired. */
  async #isGone(held: HeldJob): Promise<boolean> {
    return this.#tend(false).then(({ gone }) => gone.has(held.id), () => false);
  }

  async #keepLocks(signal: AbortSignal): Promise<void> {
    while (await this.options.clock.rest(lockMs / 3, signal)) {
      // Redis is away: the next turn renews a lock that expires meanwhile.
      if (this.#hand.size > 0) await this.#tend(false).catch(() => undefined);
    }
  }

  /** Jobs wait, and BullMQ takes none: after a failover its waiting connection may never hear of them. */
  async #keepWatch(signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, this.#full.signal]);
    while (await this.options.clock.rest(watchMs, over)) {
      if (this.#hand.size >= mostInHand) this.#watchdog.taken();
      else if (await this.#watchdog.isWedged()) this.#session.end();
    }
  }

  async #tend(takeBack: boolean): Promise<Tended> {
    const { redis, keys, locks, logger } = this.options;
    const tended = await tendJobs(redis, {
      queue: keys.queue,
      locks,
      inHand: this.#hand.values(),
      takeBack,
    });
    if (tended.givenBack > 0) logger.info({ event: 'jobs.taken_up_again', jobs: tended.givenBack });
    return tended;
  }
}

/**
 * The id of a job's command. A job that is delivered again has the same one. Another attempt that the job itself asked
 * for has another one, and so has a job of a later queue that got the same number.
 */
const commandIdOf = (job: Job): string => `bull:${job.id}:${job.timestamp}:${job.attemptsMade}`;

/** Another attempt, or one that is taken up again, has waited for other reasons. So has a parent, for its children. */
const isNew = ({ name, attemptsStarted, attemptsMade }: Job): boolean =>
  isCommandName(name) && attemptsMade === 0 && attemptsStarted <= 1;

/** BullMQ fails a job by itself, for example a parent whose child failed. */
const neverRun = (because: string): PinkyError =>
  new PinkyError('bad_command', `it was not run: ${because}`, { remedy: 'see to that, then send the command again' });

const unreadable = (error: unknown): string => `BullMQ cannot read this job: ${messageOf(error)}`;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );
