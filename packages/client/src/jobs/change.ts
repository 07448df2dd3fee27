import { randomUUID } from 'node:crypto';
import type { BoxApi, Connection } from '../requests/connection.js';
import { BoxProblem } from '../requests/problem.js';
import { followJob } from './follow-job.js';
import { resultOf, type Job } from './job.js';

export interface ChangeOptions {
  /**
   * Names the change: 1 to 128 characters out of `A-Z a-z 0-9 . _ : -`. The same request with the same key is made
   * once, even by another process. Default: a new one.
   */
  readonly key?: string;
  /** Hears of the job now and at each change of its state and progress. */
  readonly onJob?: (job: Job) => void;
  /** Ends the wait, and not the change. */
  readonly signal?: AbortSignal;
}

/** Sends one request by the routes that it is given. It may be called again, if the connection breaks. */
export type Send = (api: BoxApi) => Promise<{ readonly data?: unknown; readonly response: Response }>;

/** How long an answer may wait for the result, seconds. */
const waitS = 30;

/** Has a change made once, and resolves with its result. Throws a `BoxProblem`: the refusal, or the job's failure. */
export async function change(
  connection: Connection,
  send: Send,
  { key = `client-${randomUUID()}`, onJob, signal }: ChangeOptions,
): Promise<unknown> {
  const headers = { 'idempotency-key': key, ...(!onJob && { prefer: `wait=${waitS}` }) };
  const api = connection.api({ headers, signal });
  const patience = connection.patience();
  for (;;) {
    try {
      const { data, response } = await send(api);
      if (response.status !== 202) return data;
      return resultOf(await followJob(connection, jobIn(data, response), { onJob, signal }));
    } catch (failure) {
      await patience.pause(failure, signal);
    }
  }
}

function jobIn(data: unknown, { url }: Response): Job {
  if (typeof data === 'object' && data !== null && 'id' in data && 'state' in data) return data as Job; // its schema
  throw new BoxProblem({
    code: 'unreachable',
    detail: `${url} answered 202 without a job`,
    remedy: 'look whether a proxy changes what the box answers',
  });
}
