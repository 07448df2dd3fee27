import { messagesOf } from '../events/event-stream.js';
import type { Connection } from '../requests/connection.js';
import { unreachable } from '../requests/problem.js';
import { isOver, type Job } from './job.js';

interface Following {
  readonly onJob?: ((job: Job) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Follows a job to its end, over the death of the API. Throws a `BoxProblem` if the box stays away. */
export async function followJob(connection: Connection, begun: Job, { onJob, signal }: Following): Promise<Job> {
  const patience = connection.patience();
  let job = begun;
  onJob?.(job);
  while (!isOver(job)) {
    try {
      const path = `/v1/jobs/${encodeURIComponent(job.id)}`;
      const response = await connection.get(path, { headers: { accept: 'text/event-stream' }, signal });
      for await (const { data } of messagesOf(response, connection.clock)) {
        patience.answered();
        job = JSON.parse(data) as Job; // the API sends its schema
        onJob?.(job);
      }
      if (!isOver(job)) throw unreachable(connection.url, 'the stream has ended');
    } catch (failure) {
      signal?.throwIfAborted();
      await patience.pause(failure, signal);
    }
  }
  return job;
}
