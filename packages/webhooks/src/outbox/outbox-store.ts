import type { RedisKeys } from '@pinky/protocol';
import type { FencedClient, FencedScript, RedisConnection } from '@pinky/queue/client';
import { readEntry, type OutboxEvent, type Bookmark, type RawEntry } from './entry.js';
import { commit, feed, forget, readBack, readForth, settle } from './outbox-scripts.js';

/** So many messages that were given up are kept for each webhook. */
export const keptFailures = 100;
/** The keys of Resque, as it spells them without a namespace of one's own. */
const resqueQueues = 'resque:queues';
const resqueList = (queue: string): string => `resque:queue:${queue}`;

/** The changes when a message is settled: the state, and at most one message each that moves. All JSON. */
export interface Commit {
  readonly state: string;
  readonly aside?: { readonly id: string; readonly json: string };
  readonly gone?: string;
  readonly failed?: string;
}

/** Everything of webhooks that is in Redis. Each call is one step, and does nothing where the box is another's. */
export class OutboxStore {
  constructor(private readonly redis: RedisConnection, private readonly keys: RedisKeys) {}

  /** Events behind an entry, oldest first. */
  async after(cursor: string, most: number): Promise<OutboxEvent[]> {
    return this.#read(readForth, [`(${cursor}`, '+', most]);
  }

  /** Where somebody begins for whom only what was published since `sinceMs` is meant. Unix milliseconds. */
  async bookmarkSince(sinceMs: number): Promise<Bookmark> {
    const most = 200;
    let first: OutboxEvent | undefined;
    for (let end = '+'; ; end = `(${first.entry}`) {
      const events = await this.#read(readBack, [end, '-', most]);
      const older = events.find(({ publishedAt }) => publishedAt < sinceMs);
      if (older) return bookmarkAt(older);
      first = events.at(-1) ?? first;
      if (!first) return { cursor: '0-0', n: await this.published() };
      if (events.length < most) return { cursor: '0-0', n: first.n - 1 };
    }
  }

  /** How many events ever went into the outbox. */
  async published(): Promise<number> {
    return this.redis.run('count events', async (client) =>
      Number((await client.hget(this.keys.outboxCounts, 'n')) ?? 0));
  }

  /** The state of a webhook, and its messages aside: JSON. */
  async load(id: string): Promise<{ readonly state: string | null; readonly aside: readonly string[] }> {
    return this.redis.run('read a webhook', async (client) => {
      const [state, aside] = await Promise.all([
        client.get(this.keys.webhook(id)),
        client.hvals(this.keys.webhookAside(id)),
      ]);
      return { state, aside };
    });
  }

  async commit(id: string, { state, aside, gone = '', failed = '' }: Commit): Promise<void> {
    const { webhook, webhookAside, webhookFailed } = this.keys;
    const args = [state, aside?.id ?? '', aside?.json ?? '', gone, failed, keptFailures];
    await this.#write('write a webhook', (fenced) =>
      commit.run(fenced, [webhook(id), webhookAside(id), webhookFailed(id)], args));
  }

  /** Jobs of Resque: JSON. */
  async feed(id: string, state: string, queue: string, jobs: readonly string[]): Promise<void> {
    await this.#write('feed Resque', (fenced) =>
      feed.run(fenced, [this.keys.webhook(id), resqueQueues, resqueList(queue)], [state, queue, ...jobs]));
  }

  /** The messages that were given up, newest first: JSON. */
  async failed(id: string): Promise<string[]> {
    return this.redis.run('read failures', (client) => client.lrange(this.keys.webhookFailed(id), 0, -1));
  }

  async removeFailed(id: string, json: string): Promise<void> {
    await this.redis.run('remove a failure', (client) => client.lrem(this.keys.webhookFailed(id), 1, json));
  }

  /** Removes the entries up to this one from the outbox. */
  async settle(cursor: string): Promise<void> {
    const { outbox, outboxCounts } = this.keys;
    await this.#write('settle events', (fenced) => settle.run(fenced, [outbox, outboxCounts], [cursor]));
  }

  async forget(id: string): Promise<void> {
    const { webhook, webhookAside, webhookFailed } = this.keys;
    await this.#write('forget a webhook', (fenced) =>
      forget.run(fenced, [webhook(id), webhookAside(id), webhookFailed(id)], []));
  }

  /** No webhook is left. */
  async clear(): Promise<void> {
    const { outbox, outboxCounts } = this.keys;
    await this.#write('clear the outbox', (fenced) => forget.run(fenced, [outbox, outboxCounts], []));
  }

  async #read(script: FencedScript, args: readonly (string | number)[]): Promise<OutboxEvent[]> {
    const reply = await this.redis.write('read events', (fenced) => script.run(fenced, [this.keys.outbox], args));
    return (reply as RawEntry[]).map(readEntry); // as XRANGE answers
  }

  async #write(what: string, call: (fenced: FencedClient) => Promise<unknown>): Promise<void> {
    await this.redis.write(what, call);
  }
}

export const bookmarkAt = ({ entry, n, id }: OutboxEvent): Bookmark => ({ cursor: entry, n, event: id });
