import type { Job } from 'bullmq';
import type { JobSession } from './job-session.js';

/** A job that was taken and is not answered yet. */
export interface HeldJob {
  readonly id: string;
  /** Names our lock on the job. */
  readonly token: string;
  readonly job: Job;
  /** The session that brought it. */
  readonly session: JobSession;
}

/**
 * The id of the command of a job. A job that is delivered again has the same one. Another attempt that the job itself
 * asked for has another one, and so has a job of a later queue that got the same number.
 */
export const commandIdOf = (job: Job): string => `bull:${job.id}:${job.timestamp}:${job.attemptsMade}`;
