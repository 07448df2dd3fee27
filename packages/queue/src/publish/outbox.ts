import { hasWebhooks, messageOf, type Logger } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';

/** How much may wait for webhooks. Beyond either, the oldest go. */
export const outboxLimits = { mostEvents: 100_000, mostBytes: 256 * 1024 * 1024 } as const;
/** Between two log lines about the same trouble, milliseconds. */
const everyMs = 60_000;

/** Where a script puts the events for webhooks, and how much may be there. */
export interface OutboxTarget {
  readonly stream: string;
  readonly counts: string;
  readonly mostEvents: number;
  readonly mostBytes: number;
}

export interface OutboxOptions extends Pick<RedisContext, 'redis' | 'keys' | 'clock'> {
  readonly home: string;
  readonly logger: Logger;
}

/** The outbox of the box's webhooks, as its publisher knows it. */
export class Outbox {
  readonly #target: OutboxTarget;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: OutboxOptions) {
    const { keys } = options;
    this.#target = { stream: keys.outbox, counts: keys.outboxCounts, ...outboxLimits };
  }

  /**
   * Undefined while the box has no webhook. It looks at the disk for each batch, which costs about two microseconds, so
   * that the first event after a webhook was added is in the outbox.
   */
  get target(): OutboxTarget | undefined {
    return hasWebhooks(this.options.home) ? this.#target : undefined;
  }

  /** Removes the leftovers of a box that has no webhook any more. Called over each new connection. */
  async clear(): Promise<void> {
    if (this.target) return;
    const { redis, keys } = this.options;
    try {
      await redis.run('clear the outbox', (client) => client.unlink(keys.outbox, keys.outboxCounts));
    } catch (error) {
      this.failed(messageOf(error));
    }
  }

  /** The events themselves are published: only webhooks go without them. */
  failed(because: string): void {
    const { logger, clock } = this.options;
    if (clock.now() - this.#saidAt < everyMs) return;
    this.#saidAt = clock.now();
    logger.error({ event: 'outbox.not_written', because });
  }
}
