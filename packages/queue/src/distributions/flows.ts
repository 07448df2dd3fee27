import { FlowProducer, Queue, type FlowJob } from 'bullmq';
import type { Redis } from 'ioredis';
import { redisKeys, type FetchSource } from '@pinky/protocol';
import type { Distribution } from './distribution.js';

/**
 * How long one fetch may take, milliseconds: a large pack over a slow line. Nobody waits for it, and a server that is
 * silent ends it sooner.
 */
const fetchDeadlineMs = 6 * 3_600_000;
/** A failure that may pass is tried again after 30 s, then 1 min, 2 min, 4 min. */
const attempts = 5;
const backoff = { type: 'exponential', delay: 30_000 } as const;

/** The job of a box, in the queue of that box. The same box never has two of one distribution. */
const fetchJobId = (id: string): string => `distribution-${id}`;
/** The parent of a wave, in the queue of the box that was asked. */
const waveJobId = (id: string, wave: number): string => `distribution-${id}-w${wave}`;

/** The key of a box's job in Redis, by which its parent names it too. */
export const fetchJobKey = (box: string, id: string): string => `bull:${redisKeys(box).queue}:${fetchJobId(id)}`;
/** The key of a wave's parent. Behind it BullMQ keeps the answers (`:processed`) and the failures (`:failed`). */
export const waveJobKey = (box: string, id: string, wave: number): string =>
  `bull:${redisKeys(box).queue}:${waveJobId(id, wave)}`;

/** One wave as a flow of BullMQ: a parent, and a `fetch` in the queue of each box. */
export function waveFlow(box: string, one: Distribution, wave: number): FlowJob {
  const { id, order: { funpack } } = one;
  const boxes = one.boxes.filter((each) => each.wave === wave).map((each) => each.box);
  return {
    name: 'distribution wave',
    queueName: redisKeys(box).queue,
    data: { distribution: id, wave },
    opts: { jobId: waveJobId(id, wave) },
    children: boxes.map((each) => ({
      name: 'fetch',
      queueName: redisKeys(each).queue,
      data: { ...fetchFields(funpack), deadlineMs: fetchDeadlineMs },
      // A failure goes to the parent like an answer: without this the parent would wait for ever.
      opts: { jobId: fetchJobId(id), attempts, backoff, ignoreDependencyOnFailure: true },
    })),
  };
}

/** As every version reads them: one that knows no MD5 says so. */
const fetchFields = ({ url, sha256, md5 }: FetchSource): Record<string, string> => ({
  funpackUrl: url,
  ...(sha256 !== undefined && { funpackSha256: sha256 }),
  ...(md5 !== undefined && { funpackMd5: md5 }),
});

/**
 * Adds a flow whole, in one transaction. Its jobs have ids, so one that is added a second time changes nothing. The
 * client stays the caller's.
 */
export async function addFlow(client: Redis, flow: FlowJob): Promise<void> {
  const flows = new FlowProducer({ connection: client });
  flows.on('error', () => undefined); // the failure is that of the call
  try {
    await flows.add(flow);
  } finally {
    await flows.close();
  }
}

/** Removes the job of a box that nobody has taken yet. False if the box has it in hand, or is through with it. */
export async function removeFetch(client: Redis, box: string, id: string): Promise<boolean> {
  const queue = new Queue(redisKeys(box).queue, { connection: client, skipMetasUpdate: true });
  queue.on('error', () => undefined);
  try {
    const job = await queue.getJob(fetchJobId(id));
    if (job === undefined || job.finishedOn !== undefined) return false;
    return (await queue.remove(fetchJobId(id))) === 1;
  } finally {
    await queue.close();
  }
}
