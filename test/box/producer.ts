import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';

/** The outcome of a job or list item: its answer, or the code of its error. */
export type JobOutcome = { readonly ok: Readonly<Record<string, unknown>> } | { readonly code: string };

/** A program elsewhere that drives a box through its Redis: by BullMQ and by the list. */
export class Producer {
  readonly #connection: { readonly path: string; readonly password: string };
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #redis: Redis;

  constructor(home: string) {
    const { redisPassword } = JSON.parse(readFileSync(join(home, 'effective.json'), 'utf8')) as {
      redisPassword: string;
    };
    this.#connection = { path: join(home, 'redis', 'redis.sock'), password: redisPassword };
    this.#queue = new Queue('pinky-1', { connection: this.#connection });
    this.#events = new QueueEvents('pinky-1', { connection: this.#connection, lastEventId: '0' });
    this.#redis = new Redis(this.#connection);
    this.#queue.setMaxListeners(0); // BullMQ adds one for each job whose answer is awaited
    this.#queue.on('error', () => undefined); // Redis ends with the box
    this.#events.on('error', () => undefined);
    this.#redis.on('error', () => undefined);
  }

  async job(name: string, data: unknown): Promise<JobOutcome> {
    const job = await this.#queue.add(name, data);
    try {
      return { ok: (await job.waitUntilFinished(this.#events)) as Readonly<Record<string, unknown>> };
    } catch (error) {
      return { code: String(error instanceof Error ? error.message : error).split(':')[0] ?? '' };
    }
  }

  /** Pushes raw items and waits for the answer to each. Answers their codes, in the items' order. */
  async items(raw: readonly (string | Buffer)[]): Promise<(string | undefined)[]> {
    const before = await this.#redis.llen('pinky:1:answers');
    for (const item of raw) await this.#redis.lpush('pinky:1:in', item);
    await until(
      'every item has its answer',
      async () => (await this.#redis.llen('pinky:1:answers')) >= before + raw.length,
    );
    const answers = (await this.#redis.lrange('pinky:1:answers', 0, raw.length - 1)).map(
      (text) => JSON.parse(text) as { command: string; error?: { code: string } },
    );
    return answers
      .sort((a, b) => parseInt(a.command, 10) - parseInt(b.command, 10))
      .map((answer) => answer.error?.code);
  }

  /** The names of the keys about one server. */
  keysOf(serverId: string): Promise<string[]> {
    return this.#redis.keys(`*:${serverId}*`);
  }

  /** Call this while Redis is still there: a client that cannot say goodbye goes on trying. */
  async end(): Promise<void> {
    this.#redis.disconnect();
    await Promise.all([this.#queue.close(), this.#events.close()]);
  }
}
