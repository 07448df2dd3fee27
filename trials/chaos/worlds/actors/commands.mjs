import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import Redis from 'ioredis';

/** How long an answer may take, milliseconds. After that nobody waits for it any more. */
const answerMs = 25_000;
const lookMs = 60;

/** Asks the box for something by a job, and waits for the answer. */
export class Commands {
  #number = 0;
  #isOver = false;
  /** How many answers there were of each kind: `ok`, an error code, or `no answer`. */
  answers = new Map();

  constructor({ connection, timeline, prefix }) {
    Object.assign(this, { timeline, prefix });
    this.redis = new Redis({ ...connection, maxRetriesPerRequest: null });
    this.queue = new Queue('pinky-1', { connection: this.redis });
    for (const part of [this.redis, this.queue]) part.on('error', () => undefined); // Redis goes with the power
  }

  /** Resolves with `{ result }`, `{ code }`, or nothing if no answer came. */
  async ask(name, data) {
    const id = `${this.prefix}-${++this.#number}`;
    this.timeline.note(`${id}: ${name} ${JSON.stringify(data)}`);
    const answer = await Promise.race([this.#answer(id, name, data), this.#patience()]).catch(() => undefined);
    const kind = answer ? (answer.code ?? 'ok') : 'no answer';
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    this.timeline.note(`${id}: ${JSON.stringify(answer ?? null)}`);
    return answer;
  }

  async #answer(id, name, data) {
    await this.queue.add(name, { ...data, deadlineMs: answerMs - 5_000 }, { jobId: id });
    for (;;) {
      const job = await this.queue.getJob(id);
      if (!job) return undefined;
      if (job.finishedOn) return job.failedReason ? { code: codeOf(job.failedReason) } : { result: job.returnvalue };
      await sleep(lookMs);
    }
  }

  async #patience() {
    const until = Date.now() + answerMs;
    while (!this.#isOver && Date.now() < until) await sleep(lookMs);
  }

  /** Nobody waits any more: the box is gone. */
  abandon() {
    this.#isOver = true;
    this.redis.disconnect();
  }
}

/** A job fails with a text that begins with the code. */
const codeOf = (reason) => /^(?:.*?"code":")?([a-z_]+)/.exec(reason)?.[1] ?? reason;
