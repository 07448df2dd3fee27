import { parseObject } from '@pinky/protocol';
import type { Message } from '../format/message.js';
import type { Bookmark } from '../outbox/entry.js';

/** How far a webhook is, as Redis holds it. Times are Unix milliseconds. */
export interface LaneState {
  readonly bookmark: Bookmark;
  /** The message that is tried at its place: those behind it wait. */
  readonly head?: Message;
  /** Failed tries in a row. */
  readonly failures: number;
  readonly pausedUntil: number;
  readonly accepted: number;
  readonly givenUp: number;
  readonly skipped: number;
  readonly acceptedAt?: number;
  readonly failedAt?: number;
  readonly because?: string;
}

export const newState = (bookmark: Bookmark): LaneState => ({
  bookmark,
  failures: 0,
  pausedUntil: 0,
  accepted: 0,
  givenUp: 0,
  skipped: 0,
});

/** Undefined for what is none, such as a key that somebody made by hand. */
export function readState(json: string | null): LaneState | undefined {
  const value = json === null ? undefined : parseObject(json);
  // Only `commit` writes it, and each version can read those before.
  return value && typeof value['bookmark'] === 'object' ? (value as unknown as LaneState) : undefined;
}

export const readMessage = (json: string): Message[] => {
  const value = parseObject(json);
  return value && Array.isArray(value['events']) ? [value as unknown as Message] : []; // as above
};
