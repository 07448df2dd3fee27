import { readFileSync } from 'node:fs';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';
import { expect } from './expect.mjs';

/** How long one job of the story may take, milliseconds: the first Minecraft server is installed meanwhile. */
const jobDeadlineMs = 15 * 60_000;

/** The other side of the box's Redis: sends jobs as a customer's program would, and reads what the box publishes. */
export class StoryClient {
  #queue;
  #jobEvents;
  #redis;
  #events = [];
  #reading = Promise.resolve();

  /** `address` is what `pinky redis --json` says. */
  constructor({ path, passwordFile, queue, events }) {
    const connection = { path, password: JSON.parse(readFileSync(passwordFile, 'utf8')).redisPassword };
    this.#queue = new Queue(queue, { connection });
    this.#jobEvents = new QueueEvents(queue, { connection });
    this.#redis = new Redis({ ...connection, maxRetriesPerRequest: 3 });
    this.eventsKey = events;
    for (const client of [this.#queue, this.#jobEvents, this.#redis]) client.on('error', () => undefined);
  }

  /** Adds a job and waits for its answer, as BullMQ's documentation shows. */
  async job(name, data) {
    await this.#jobEvents.waitUntilReady();
    const job = await this.#queue.add(name, data);
    return job.waitUntilFinished(this.#jobEvents, jobDeadlineMs);
  }

  get redis() {
    return this.#redis;
  }

  /** Everything that was pushed to `server:events` since the box began, oldest first. */
  events() {
    this.#reading = this.#reading.then(async () => {
      // The newest is at the head, and what we have is at the tail.
      const fresh = await this.#redis.lrange(this.eventsKey, 0, -(this.#events.length + 1));
      this.#events.push(...fresh.toReversed().map((text) => JSON.parse(text)));
      return this.#events;
    });
    return this.#reading;
  }

  async countOf(fields) {
    return (await this.events()).filter((event) => matches(event, fields)).length;
  }

  /** Waits for an event with these fields. Leaves out the first `skip` of them. */
  async event(fields, { skip = 0 } = {}) {
    return until(
      `server:events holds ${JSON.stringify(fields)}`,
      async () => (await this.events()).filter((event) => matches(event, fields))[skip],
    );
  }

  /** Waits for an event that must come once, and only once. */
  async once(fields) {
    const event = await this.event(fields);
    const count = await this.countOf(fields);
    expect(count === 1, `server:events should hold ${JSON.stringify(fields)} once, and holds it ${count} times`);
    return event;
  }

  async close() {
    this.#redis.disconnect();
    await Promise.allSettled([this.#queue.close(), this.#jobEvents.close()]);
  }
}

const matches = (event, fields) => Object.entries(fields).every(([name, value]) => event[name] === value);
