import { PinkyError } from '@pinky/protocol';
import { needsNewConnection, refusalOf } from '../redis/trouble.js';
import { NoAnswerError } from '../redis/within.js';

/**
 * Why a write failed: the lock is another's (nothing is left to do), the connection ended or leads to the wrong server
 * by now, Redis refuses every write for now, or the job itself makes this write impossible.
 */
export type Fault = 'lock' | 'connection' | 'redis' | 'job';

/** BullMQ's refusal for a lock that somebody else holds (its ErrorCode.JobLockMismatch). */
const lockMismatch = -6;
/** Its refusal for a lock that has expired, as when Redis's clock jumps (JobLockNotExist). The job gets it back. */
const lockExpired = -2;

export function whoseFault(error: unknown, session: { readonly lost: AbortSignal }): Fault {
  if (!(error instanceof Error)) return 'job';
  if ('code' in error && error.code === lockMismatch) return 'lock';
  if ('code' in error && error.code === lockExpired) return 'redis';
  if (needsNewConnection(error)) return 'connection';
  if (error.name === 'ReplyError') return refusalOf(error) === undefined ? 'job' : 'redis';
  if (session.lost.aborted || error instanceof NoAnswerError || isOfConnection(error)) return 'connection';
  return 'job';
}

/** Ours by its code. ioredis says so by class, by the name of a system call, or by a sentence (lib/Redis.js). */
const isOfConnection = (error: Error): boolean =>
  (error instanceof PinkyError && error.code === 'redis_unavailable') ||
  ['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError'].includes(error.name) ||
  'syscall' in error ||
  /^(Connection is closed|Stream isn't writeable)/.test(error.message);
