import type { Job } from 'bullmq';
import { messageOf, type Clock, type CommandResult, type Logger } from '@pinky/protocol';
import type { CurrentSession } from './current-session.js';
import { jobError } from './failure.js';
import type { HeldJob } from './job-session.js';

export interface JobAnswersOptions {
  readonly session: CurrentSession;
  /** Whether a job needs no answer any more. */
  readonly isGone: (held: HeldJob) => Promise<boolean>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Pause before a write that Redis refused is tried again, milliseconds. */
const pauseMs = 200;

/** Refusals of BullMQ's scripts (its finished-errors.ts). */
const childrenPending = -4;
const lockOfAnother = -6;
const childrenFailed = -9;

/**
 * Writes the answers of jobs, however often Redis goes away meanwhile. Once `signal` has aborted an answer is left to
 * the next queue, which gets it from the worker.
 */
export class JobAnswers {
  constructor(private readonly options: JobAnswersOptions) {}

  complete(held: HeldJob, result: CommandResult, signal: AbortSignal): Promise<void> {
    return this.#write(held, (job) => job.moveToCompleted(result, held.token, false), signal);
  }

  fail(held: HeldJob, failure: unknown, signal: AbortSignal): Promise<void> {
    return this.#write(held, (job) => moveToFailed(job, failure, held.token), signal);
  }

  async #write(held: HeldJob, write: (job: Job) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const { logger, clock } = this.options;
    while (!signal.aborted) {
      const session = await this.options.session.get(signal);
      if (!session) return;
      try {
        if (!(await session.withJob(held, write))) logger.warn({ event: 'job.vanished', job: held.id });
        return;
      } catch (error) {
        const refusal = errorNumber(error);
        if (refusal === undefined) session.end();
        if (refusal === lockOfAnother || (await this.options.isGone(held))) return;
        if (refusal === childrenPending || refusal === childrenFailed) {
          write = (job) => moveToFailed(job, error, held.token);
        }
        logger.debug({ event: 'job.unwritten', job: held.id, because: messageOf(error) });
        await clock.rest(pauseMs, signal);
      }
    }
  }
}

/** Further facts for programs go into the job's log, as JSON. */
async function moveToFailed(job: Job, failure: unknown, token: string): Promise<void> {
  const { error, answer } = jobError(failure);
  if (answer.details) await job.log(JSON.stringify(answer));
  await job.moveToFailed(error, token, false);
}

/** The number that BullMQ's scripts give to a refusal. Undefined where the call itself failed. */
const errorNumber = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
    ? error.code
    : undefined;
