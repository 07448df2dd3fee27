import { PinkyError } from '@pinky/protocol';
import { whoseFault, type Fault } from '../../src/jobs/job-faults.js';
import { NoAnswerError } from '../../src/redis/within.js';

const connected = { lost: new AbortController().signal };
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const faults: readonly (readonly [string, Error, Fault])[] = [
  ['our own connection ended', new PinkyError('redis_unavailable', 'look who owns the box: closed'), 'connection'],
  ['the connection of BullMQ ended', new Error('Connection is closed.'), 'connection'],
  ['the socket could not be written', new Error('Stream isn\'t writeable and enableOfflineQueue is …'), 'connection'],
  ['a system call failed', Object.assign(new Error('write EPIPE'), { syscall: 'write' }), 'connection'],
  ['nothing answered in time', new NoAnswerError(1), 'connection'],
  ['ioredis gave up', named('MaxRetriesPerRequestError', 'reached'), 'connection'],
  ['Redis has no memory', named('ReplyError', 'OOM command not allowed when used memory > \'maxmemory\'.'), 'redis'],
  ['Redis is a replica', named('ReplyError', 'READONLY You can\'t write against a read only replica.'), 'connection'],
  ['Redis became a replica meanwhile', named('ReplyError', 'UNBLOCKED force unblock from blocking'), 'connection'],
  ['Redis forbids it', named('ReplyError', 'NOPERM this user has no permissions'), 'redis'],
  ['a script failed', named('ReplyError', 'ERR Error running script: attempt to index a nil value'), 'job'],
  ['the lock has expired', Object.assign(new Error('Missing lock for job 1'), { code: -2 }), 'redis'],
  ['the lock is another\'s', Object.assign(new Error('Lock mismatch for job 1'), { code: -6 }), 'lock'],
  ['BullMQ knows no such strategy', new Error('Unknown backoff strategy custom.'), 'job'],
];

it.each(faults)('%s', (_, error, fault) => {
  expect(whoseFault(error, connected)).toBe(fault);
});

it('takes any failure for the connection\'s once the session is lost', () => {
  expect(whoseFault(new Error('anything'), { lost: AbortSignal.abort() })).toBe('connection');
});
