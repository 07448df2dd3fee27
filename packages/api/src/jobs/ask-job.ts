import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { PinkyError } from '@pinky/protocol';
import { parseBoxCommand, parseCommand } from '@pinky/protocol/schemas';
import { callerOf, type ApiParts, type Reply, type Request } from '../http/app.js';
import { problemFor, problemType, retryAfter } from '../http/problem.js';
import { isOver, shownJob, type KeptJob } from './job.js';
import type { OwnWork } from './jobs.js';

/** Longest wait of a request for its job, milliseconds. */
const mostWaitMs = 60_000;

export interface Asked {
  readonly command: string;
  readonly serverId?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Has a change made by a job, and answers 202 with it, or its result if the caller waits and it comes in time. */
export async function askJob(
  parts: Pick<ApiParts, 'jobs'>,
  request: Request,
  reply: Reply,
  { command, serverId, data, work }: Asked & { readonly work?: OwnWork },
): Promise<unknown> {
  if (!work) assertReadable(command, data);
  const { record } = callerOf(request);
  const job = await parts.jobs.begin(
    {
      id: idOf(request),
      by: record?.id ?? '',
      command,
      ...(serverId !== undefined && { serverId }),
      data,
    },
    work,
  );
  const waitMs = waitOf(request);
  const waited = waitMs > 0 ? await parts.jobs.whenOver(job.id, waitMs, closed(request)) : undefined;
  return answerJob(reply, waited ?? job, waitMs > 0);
}

/** The result of a job that is over and was waited for, its error as a problem, or the job with 202. */
export function answerJob(reply: Reply, job: KeptJob, isWaitedFor: boolean): Reply {
  reply.header('location', `/v1/jobs/${encodeURIComponent(job.id)}`);
  if (!isWaitedFor || !isOver(job)) return reply.code(202).send(shownJob(job));
  reply.header('preference-applied', 'wait');
  if (!job.error) return reply.code(200).send(job.result ?? {});
  const problem = problemFor(job.error, undefined, job.id);
  return reply.code(problem.status).headers(retryAfter(problem)).type(problemType).send(JSON.stringify(problem));
}

/** The box would refuse it at once: here it is refused with the same words. */
function assertReadable(command: string, data: unknown): void {
  if (!parseBoxCommand(command, data)) parseCommand(command, data);
}

function idOf({ headers }: Request): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return `api-${randomUUID()}`;
  if (typeof key === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(key)) return key;
  throw new PinkyError('bad_request', 'Idempotency-Key must be 1 to 128 characters out of A-Z a-z 0-9 . _ : -', {
    details: { field: 'Idempotency-Key' },
  });
}

/** The seconds of `Prefer: wait=10`, in milliseconds. */
function waitOf({ headers }: Request): number {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,5})/i.exec(String(headers['prefer'] ?? ''))?.[1];
  return Math.min(mostWaitMs, Number(seconds ?? 0) * 1000);
}

/** Aborts when the caller goes away. */
function closed({ raw: { socket } }: Request): AbortSignal {
  const known = closings.get(socket);
  if (known) return known;
  const gone = new AbortController();
  closings.set(socket, gone.signal);
  socket.once('close', () => gone.abort());
  return gone.signal;
}

/** One for each connection, which may bring many requests. */
const closings = new WeakMap<Socket, AbortSignal>();
