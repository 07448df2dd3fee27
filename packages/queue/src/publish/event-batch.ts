import type { Cursor, Message, PendingEvent } from '@pinky/protocol';

/** Everything of one run up to two offsets, as a worker sent it. */
export type EventsMessage = Extract<Message, { type: 'events' }>;

/** How many events a batch has, and the bytes of their text. Neither takes a batch apart that came as lines. */
export const countOf = ({ lines, events }: EventsMessage): number => lines?.count ?? events.length;
export const bytesOf = (batch: EventsMessage): number =>
  batch.lines?.text.length ?? batch.events.reduce((sum, { json }) => sum + json.length, 0);

/** The JSON of each event of a batch that starts at a position or behind it, a line each, and how many these are. */
export function linesFrom(
  batch: EventsMessage,
  from: Cursor,
): { readonly text: Buffer | string; readonly count: number } {
  if (batch.lines?.isFrom(from)) return { text: batch.lines.text, count: batch.lines.count };
  const isNew = ({ stream, start }: PendingEvent): boolean => start >= from[stream];
  const events = batch.events.filter(isNew);
  return { text: events.map(({ json }) => `${json}\n`).join(''), count: events.length };
}

/**
 * The result of one script: where the server's cursor stands now, how many events were new, and how many old ones fell
 * off the list's end.
 */
export interface Published {
  readonly cursor: Cursor;
  readonly accepted: number;
  readonly dropped: number;
  /** Redis stands behind `known`: it has forgotten something, and nothing was done. */
  readonly isBehind: boolean;
  /** Why the outbox of the webhooks went without the events. */
  readonly outboxFailure?: string;
}

/** Where a batch goes, and the key that says whether its server is up. */
export interface PublishKeys {
  readonly cursor: string;
  readonly events: string;
  readonly serverState: string;
}

/** Before the first event of a server: behind every position. */
export const noCursor: Cursor = { run: '', console: 0, journal: 0 };

/** Whether `a` stands before `b`. */
export const isBehind = (a: Cursor, b: Cursor): boolean =>
  a.run < b.run || (a.run === b.run && (a.console < b.console || a.journal < b.journal));
