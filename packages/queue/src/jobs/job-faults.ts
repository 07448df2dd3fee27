import { PinkyError } from '@pinky/protocol';
import { NoAnswerError } from '../redis/within.js';

/**
 * Why a write failed: the lock is another's (nothing is left to do), the connection ended, Redis refuses every write
 * for now, or the job itself makes this write impossible.
 */
export type Fault = 'lock' | 'connection' | 'redis' | 'job';

/** BullMQ's refusal for a lock that somebody else holds (its ErrorCode.JobLockMismatch). */
const lockMismatch = -6;

/** Redis's refusals that are no job's fault, by the first word of the reply (redis.io, "Errors"). */
const refusals = [
  'OOM',
  'READONLY',
  'LOADING',
  'MASTERDOWN',
  'UNBLOCKED',
  'CLUSTERDOWN',
  'MISCONF',
  'BUSY',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'TRYAGAIN',
];
const refusesAll = new RegExp(`^(${refusals.join('|')})\\b`);

export function whoseFault(error: unknown, session: { readonly lost: AbortSignal }): Fault {
  if (!(error instanceof Error)) return 'job';
  if ('code' in error && error.code === lockMismatch) return 'lock';
  if (error.name === 'ReplyError') return refusesAll.test(error.message) ? 'redis' : 'job';
  if (session.lost.aborted || error instanceof NoAnswerError || isOfConnection(error)) return 'connection';
  return 'job';
}

/** Ours by its code; ioredis's by class, by the name of a system call, or by one of two sentences (lib/Redis.js). */
const isOfConnection = (error: Error): boolean =>
  (error instanceof PinkyError && error.code === 'redis_unavailable') ||
  ['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError'].includes(error.name) ||
  'syscall' in error ||
  /^(Connection is closed|Stream isn't writeable)/.test(error.message);
