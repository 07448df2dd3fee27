import { UnrecoverableError, type Job } from 'bullmq';
import {
  messageOf, PinkyError, type BoxCommandResult, type Clock, type CommandResult, type Logger,
} from '@pinky/protocol';
import type { CurrentSession } from './current-session.js';
import { jobError } from '../commands/failure.js';
import { whoseFault } from './job-faults.js';
import type { JobEnd } from './finish-dropped.js';
import { optionFault, withPlainEnd } from './job-options.js';
import type { HeldJob } from './job-session.js';

export interface JobAnswersOptions {
  readonly session: CurrentSession;
  /** Whether a job needs no answer any more. */
  readonly isGone: (held: HeldJob) => Promise<boolean>;
  /** An error that names the key, where Redis refuses every answer because a key of the queue has a wrong type. */
  readonly explained: (error: unknown) => Promise<unknown>;
  /** Throws `box_taken` if the box is another home's by now, `redis_unavailable` if Redis cannot tell. */
  readonly assertOwner: () => Promise<void>;
  /** Fails a job by its lock alone, whatever its options say. */
  readonly failByLock: (token: string, because: string) => Promise<void>;
  /** Ends a job that is on no list any more, and answers whether there was one. */
  readonly finishDropped: (job: { id: string; end: JobEnd; hasDied: boolean }) => Promise<boolean>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Pause before a write that Redis refused is tried again, milliseconds. */
const pauseMs = 200;

/** One way to write a job's answer, and the plainer one that follows if the job itself makes it impossible. */
interface AnswerWay {
  readonly write: (job: Job) => Promise<unknown>;
  /** The same in words, for a job whose script dies half-way. */
  readonly end: JobEnd;
  readonly otherwise?: (because: string) => AnswerWay;
}

/**
 * Writes the answers of jobs, however often Redis goes away meanwhile. A job whose own options make its answer
 * impossible is failed, and the others go on. Once `signal` has aborted an answer is left to the next queue, which gets
 * it from the worker.
 */
export class JobAnswers {
  /** The job that was given back last: one that is taken again and again is said once. */
  #givenBack: string | undefined;

  constructor(private readonly options: JobAnswersOptions) {}

  complete(held: HeldJob, result: CommandResult | BoxCommandResult, signal: AbortSignal): Promise<void> {
    const write = (job: Job): Promise<unknown> => job.moveToCompleted(result, held.token, false);
    const end = { state: 'completed', text: JSON.stringify(result) } as const;
    return this.#write(held, { write, end, otherwise: (because) => this.#plainFailure(held, because) }, signal);
  }

  /** Fails a job. One whose options BullMQ's scripts would die of ends as if it had none of them. */
  fail(held: HeldJob, failure: unknown, signal: AbortSignal): Promise<void> {
    const fault = optionFault(held.job);
    const { id, job: { name } } = held;
    if (fault) this.options.logger.warn({ event: 'job.bad_options', job: id, name, because: fault.message });
    const write = (job: Job): Promise<unknown> =>
      moveToFailed(fault ? withPlainEnd(job) : job, failure, held.token);
    const otherwise = (because: string): AnswerWay => this.#plainFailure(held, because, failure);
    return this.#write(held, { write, end: failedWith(failure), otherwise }, signal);
  }

  /** Gives a job back to those that wait, as if it had never been taken. If the connection is lost, a sweep does it. */
  async giveBack({ job, token, id, session }: HeldJob): Promise<void> {
    const { logger } = this.options;
    try {
      await session.uncount(job);
      await job.moveToWait(token);
      logger[this.#givenBack === id ? 'debug' : 'info']({ event: 'job.given_back', job: id });
      this.#givenBack = id;
    } catch (error) {
      logger.debug({ event: 'job.not_given_back', job: id, because: messageOf(error) });
    }
  }

  async #write(held: HeldJob, first: AnswerWay, signal: AbortSignal): Promise<void> {
    const { logger, clock, assertOwner } = this.options;
    let way = first;
    while (!signal.aborted) {
      const session = await this.options.session.get(signal);
      if (!session) return;
      try {
        await assertOwner();
        if (!(await session.withJob(held, way.write))) logger.warn({ event: 'job.vanished', job: held.id });
        return;
      } catch (error) {
        if (error instanceof PinkyError && error.code === 'box_taken') return this.giveBack(held);
        const fault = whoseFault(await this.options.explained(error), session);
        if (fault === 'lock') return;
        if ((await this.options.isGone(held)) && (await this.#isEnded(held, way.end, error))) return;
        if (fault === 'connection') session.end();
        if (fault === 'job') way = this.#nextWay(held, way, error);
        else logger.debug({ event: 'job.unwritten', job: held.id, because: messageOf(error) });
        await clock.rest(pauseMs, signal);
      }
    }
  }

  /**
   * Whether a job that is not active any more has ended: by a call whose answer was lost, or because somebody removed
   * it. One that BullMQ has dropped half-way is ended here. False where Redis cannot tell.
   */
  async #isEnded({ id, job: { name } }: HeldJob, end: JobEnd, error: unknown): Promise<boolean> {
    const hasDied = error instanceof Error && error.name === 'ReplyError';
    try {
      const wasDropped = await this.options.finishDropped({ id, end, hasDied });
      if (wasDropped) this.options.logger.warn({ event: 'job.dropped', job: id, name, because: messageOf(error) });
      return true;
    } catch {
      return false; // the next round looks again
    }
  }

  /** Says so, and answers the plainer way. */
  #nextWay(held: HeldJob, way: AnswerWay, error: unknown): AnswerWay {
    const because = messageOf(error);
    this.options.logger.warn({
      event: 'job.unanswerable',
      job: held.id,
      name: held.job.name,
      because,
    });
    return way.otherwise?.(because) ?? way;
  }

  /** Without the job's own retries and strategies; if even that is impossible, by its lock alone. */
  #plainFailure(held: HeldJob, because: string, failure?: unknown): AnswerWay {
    const sentence = `the job's own options make its answer impossible: ${because}`;
    const error = failure === undefined ? new PinkyError('bad_command', sentence) : failure;
    const final = new UnrecoverableError(jobError(error).error.message); // which asks for no retry
    const end = failedWith(error);
    const write = (job: Job): Promise<unknown> => withPlainEnd(job).moveToFailed(final, held.token, false);
    const byLock = (): Promise<unknown> => this.options.failByLock(held.token, end.text);
    return { write, end, otherwise: () => ({ write: byLock, end }) };
  }
}

const failedWith = (failure: unknown): JobEnd => ({ state: 'failed', text: jobError(failure).error.message });

/** Further facts for programs go into the job's log, as JSON. */
async function moveToFailed(job: Job, failure: unknown, token: string): Promise<void> {
  const { error, answer } = jobError(failure);
  if (answer.details) await job.log(JSON.stringify(answer));
  await job.moveToFailed(error, token, false);
}
