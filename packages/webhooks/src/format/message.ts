import { createHash } from 'node:crypto';
import type { OutboxEvent, Bookmark, Skipped } from '../outbox/entry.js';

/** Something to send: events, or word of events that are gone. It is written down as JSON while it waits. */
export interface Message {
  /** The `webhook-id`: made of the events themselves, so that a repeated message has it again. */
  readonly id: string;
  /** The JSON of each event. */
  readonly events: readonly string[];
  readonly skipped?: Skipped & { readonly at: string };
  /** Where the webhook stands once this is settled. */
  readonly bookmark: Bookmark;
  readonly tries: number;
  /** Not before, Unix milliseconds. */
  readonly dueAt: number;
}

export const messageOfEvents = (events: readonly OutboxEvent[], bookmark: Bookmark): Message => ({
  id: idOf(events.map(({ id }) => id)),
  events: events.map(({ json }) => json),
  bookmark,
  tries: 0,
  dueAt: 0,
});

export const messageOfSkipped = (skipped: Skipped, bookmark: Bookmark, wallNowMs: number): Message => ({
  id: idOf(['skipped', skipped.after ?? '', skipped.before, String(skipped.count)]),
  events: [],
  skipped: { ...skipped, at: new Date(wallNowMs).toISOString() },
  bookmark,
  tries: 0,
  dueAt: 0,
});

/** 128 bits of a digest: no two messages have the same, and none holds a dot, which the signature uses. */
const idOf = (parts: readonly string[]): string =>
  `msg_${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32)}`;
