import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { redisKeys } from '@pinky/protocol';
import { clientOptions, type RedisClient } from '../redis/client.js';
import { keysOfBox, wrongTypeOf, type WrongTypeError } from '../refusal/wrong-type.js';
import { Script } from '../redis/script.js';
import { within } from '../redis/within.js';

/** How long one job may take from end to end, milliseconds. */
const jobDeadlineMs = 8_000;

/** KEYS a key of the box, a key of a server, the events. Writes and removes what nobody reads. */
const tryKeys = new Script(`
redis.call('SET', KEYS[1], '1', 'PX', 1000)
redis.call('SADD', KEYS[2], '1')
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('EXISTS', KEYS[3])`);

/** Each kind of command that Pinky needs, over its own keys. Throws where one is refused. */
export async function tryCommands(redis: Redis, box: string): Promise<void> {
  const key = `pinky:${box}:doctor`;
  await redis.set(key, '1', 'PX', 1_000);
  await redis.del(key);
  await tryKeys.run(redis, [key, 'server:pinky-doctor:probe', redisKeys(box).events], []);
  await redis.blmove(key, key, 'RIGHT', 'LEFT', 0.01);
  await redis.scan('0', 'MATCH', `pinky:${box}:servers:*`, 'COUNT', 1);
}

/** The keys of the box that somebody has put another type into. */
export async function wrongKeys(redis: Redis, box: string): Promise<readonly WrongTypeError[]> {
  const looks = await Promise.all(keysOfBox(box).map((key) => wrongTypeOf(redis, key)));
  return looks.filter((wrong) => wrong !== undefined);
}

/** One job to where this client goes, through a queue that lasts as long. Throws where it does not come back. */
export async function tryJob({ address }: RedisClient, box: string): Promise<void> {
  const name = `${redisKeys(box).queue}-doctor-${randomUUID()}`;
  // The version and the policy have checks of their own; BullMQ would write to the console.
  const connection = { ...clientOptions(address), maxRetriesPerRequest: null };
  const options = { connection, skipVersionCheck: true };
  const queue = new Queue(name, options);
  const worker = new Worker(name, undefined, { ...options, skipStalledCheck: true });
  let refusal: Error | undefined;
  const note = (error: Error): void => { refusal ??= error; };
  queue.on('error', note);
  worker.on('error', note);
  try {
    await within(roundTrip(queue, worker), jobDeadlineMs);
  } catch (error) {
    throw refusal ?? error;
  } finally {
    // Where that fails both are lost, and their sockets with them.
    await within(Promise.all([worker.close(true), queue.close()]), jobDeadlineMs).catch(() => undefined);
  }
}

async function roundTrip(queue: Queue, worker: Worker): Promise<void> {
  // BullMQ asks this first on each connection of a box, and takes no job where it may not.
  await (await worker.backend.client).info();
  try {
    await queue.add('doctor', {});
    const job = await worker.getNextJob('doctor', { block: true });
    if (!job) throw new Error('a job was added, and BullMQ did not bring it');
    await job.moveToCompleted('well', 'doctor', false);
  } finally {
    await queue.obliterate({ force: true });
  }
}
