import { lookFor } from '@pinky/protocol/testing';

/** How long a poisoned job may take to be failed, milliseconds. Redis or the queue may be away meanwhile. */
const failedWithinMs = 60_000;

/** Options that BullMQ stores without a word, and cannot carry out when the job fails. */
const poisons = [
  { attempts: 3, backoff: { type: 'custom' } },
  { attempts: 3, backoff: { type: 'nobody knows' } },
  { attempts: 'many', backoff: 'soon' },
  { removeOnFail: 'x', removeOnComplete: { age: 'x' } },
];

/** Adds jobs that cannot be answered as they ask. Resolves with `wrong` where nobody ended one,
 * and with `skipped` where Redis took none. */
export async function poison(queue) {
  const data = { serverId: 'nobody', user: 'x', message: 'x' };
  const jobs = await Promise.all(poisons.map((opts) => queue.add('tell', data, opts))).catch(() => undefined);
  if (!jobs) return { skipped: 'Redis takes nothing just now' };
  const open = async () => {
    const states = await Promise.all(jobs.map(({ id }) => queue.getJobState(id)));
    return states.filter((state) => !['failed', 'completed', 'unknown'].includes(state));
  };
  let left = [];
  const isOver = await lookFor(
    async () => {
      left = await open().catch(() => ['unknown: Redis is away']);
      return left.length === 0;
    },
    { timeoutMs: failedWithinMs, everyMs: 200 },
  );
  return isOver ? {} : { wrong: `poisoned jobs were still ${left.join(', ')}` };
}
