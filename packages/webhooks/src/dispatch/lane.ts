import type { BoxConfig, Clock, Logger, WebhookEndpoint, WebhookFiles, WebhookState } from '@pinky/protocol';
import type { RedisConnection } from '@pinky/queue/client';
import type { OutboxStore } from '../outbox/outbox-store.js';
import type { Sender } from '../send/post.js';

/** Everything that a lane needs beside its endpoint. */
export interface LaneParts {
  readonly config: () => BoxConfig;
  readonly files: WebhookFiles;
  readonly redis: Pick<RedisConnection, 'isReady' | 'untilReady'>;
  readonly store: OutboxStore;
  readonly sender: Pick<Sender, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** The way of events to one endpoint: one at a time, and in order. */
export interface Lane {
  readonly endpoint: WebhookEndpoint;
  /** The last entry of the outbox that it does not need again; undefined before it has read where it is. */
  readonly cursor: string | undefined;
  /** Its file has changed. */
  update(endpoint: WebhookEndpoint): void;
  /** There may be something new. */
  wake(): void;
  start(): void;
  stop(): Promise<void>;
  /** `published` is the number of the newest event. */
  view(published: number): WebhookState;
}

/** The pause before the second try, milliseconds. */
export const firstPauseOf = ({ webhooks }: BoxConfig): number => webhooks?.firstPauseMs ?? 5_000;
