import { Job } from 'bullmq';
import { sharedAbort } from '@pinky/protocol';
import type { RedisAddress } from '../redis/address.js';
import { isWrongType } from '../refusal/wrong-type.js';
import { clientOptions } from '../redis/client.js';
import { needsNewConnection, refusalOf } from '../redis/trouble.js';
import { within } from '../redis/within.js';
import { whoseFault } from './job-faults.js';
import { lockMs } from './job-tending.js';
import { TakingWorker, type TakeLook } from '../owner/taking-worker.js';

/** How long one fetch may wait inside Redis, seconds, and how long we wait for its answer, milliseconds. */
const blockSeconds = 10;
const fetchDeadlineMs = blockSeconds * 1_000 + 5_000;
/** How long a finished job may take to be written, and a session to open or close, milliseconds. */
const callDeadlineMs = 5_000;

/** The jobs that BullMQ keeps if a job asks for nothing else: enough to look up, without endless growth. Seconds. */
const removeOnComplete = { age: 86_400, count: 1_000 };
const removeOnFail = { age: 7 * 86_400, count: 5_000 };

/** Sets how often a job was taken. A job that somebody has removed stays removed. KEYS job. ARGV times. */
const setTakes = 'pinkySetTakes';
const setTakesLua = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'ats', ARGV[1]) end";

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
 * BullMQ's worker for as long as its connections live. It only fetches and finishes. It makes one fetch at a time, so
 * that jobs stay in order: BullMQ's own loop fetches from two places at once. It never connects again by itself, so
 * nothing is fetched behind our back. The consumer opens a new session instead.
 */
export class JobSession {
  readonly #lost = sharedAbort();
  /** BullMQ only reports what Redis answers to the wait for a job, and waits on. */
  #refusal: Error | undefined;

  private constructor(private readonly worker: TakingWorker) {
    worker.on('ioredis:close', () => this.end());
    worker.on('error', (error) => this.#refused(error));
  }

  /** Throws where Redis cannot be reached in time. */
  static async open(
    queue: string,
    to: { readonly address: RedisAddress; readonly box: TakeLook },
    signal: AbortSignal,
    onError: (error: Error) => void,
  ): Promise<JobSession> {
    const connection = { ...clientOptions(to.address), maxRetriesPerRequest: null };
    const options = {
      connection,
      lockDuration: lockMs,
      drainDelay: blockSeconds,
      skipStalledCheck: true,
      removeOnComplete,
      removeOnFail,
    };
    const worker = new TakingWorker(queue, options, to.box);
    worker.on('error', onError);
    const session = new JobSession(worker);
    try {
      await within(worker.waitUntilReady(), callDeadlineMs, signal);
      if (session.#refusal) throw session.#refusal;
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Aborts when the session is over. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  end(): void {
    this.#lost.abort(new Error('the connection ended'));
  }

  /** The next job, or undefined after a while without one. `onLate` hears of a job that comes after `signal` fired. */
  async fetch(token: string, signal: AbortSignal, onLate: () => void): Promise<Job | undefined> {
    const fetching = this.worker.getNextJob(token, { block: true });
    try {
      const job = await within(fetching, fetchDeadlineMs, signal);
      if (!job && this.#refusal) throw this.#refusal;
      return job;
    } catch (error) {
      if (!signal.aborted && whoseFault(error, this) !== 'job') this.end();
      fetching.then((job) => { if (job) onLate(); }, () => undefined); // the failure is the one that is thrown here
      throw error;
    }
  }

  /** Whether the box was down when this session took the job last. Undefined if that has to be asked anew. */
  wasDownAtTake(id: string): Promise<boolean | undefined> {
    return within(this.worker.wasDownAtTake(id), callDeadlineMs, this.lost).catch(() => undefined);
  }

  /** Changes a job of this or an earlier session. Answers false if the job is gone. */
  async withJob(
    held: Pick<HeldJob, 'id' | 'session' | 'job'>,
    change: (job: Job) => Promise<unknown>,
  ): Promise<boolean> {
    const job =
      held.session === this ? held.job : await within(Job.fromId(this.worker, held.id), callDeadlineMs, this.lost);
    if (!job) return false;
    await within(change(job), callDeadlineMs, this.lost);
    return true;
  }

  /** Takes back that a taken job counts as a further attempt (BullMQ's field `ats`). */
  async uncount(job: Job): Promise<void> {
    const client = await this.worker.backend.client;
    const key = this.worker.toKey(job.id ?? '');
    client.defineCommand(setTakes, { numberOfKeys: 1, lua: setTakesLua });
    await within(client.runCommand(setTakes, [key, job.attemptsStarted - 1]), callDeadlineMs, this.lost);
  }

  #refused(error: Error): void {
    if (refusalOf(error) === undefined && !isWrongType(error)) return;
    this.#refusal = error;
    if (needsNewConnection(error)) this.end();
  }

  async close(): Promise<void> {
    this.end();
    // Its sockets are destroyed by then, or end with the process.
    await within(this.worker.close(true), callDeadlineMs).catch(() => undefined);
  }
}
