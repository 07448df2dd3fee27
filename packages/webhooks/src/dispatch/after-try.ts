import type { Message } from '../format/message.js';
import type { Outcome } from '../send/post.js';
import type { LaneState } from './lane-state.js';
import { failuresToPause, mostTries, pauseAfter, pauseOfEndpoint, triesInPlace } from './pauses.js';

/** The consequences of a try: the state, and where its message goes. */
export interface AfterTry {
  readonly state: LaneState;
  /** The message, where it waits beside the others from now on. */
  readonly aside?: Message;
  /** It was aside, and is there no longer. */
  readonly isGone?: true;
  /** It was tried for the last time. */
  readonly isGivenUp?: true;
}

export interface Tried {
  readonly message: Message;
  /** It has lost its place already. */
  readonly isAside: boolean;
  readonly state: LaneState;
  readonly nowMs: number;
  readonly firstPauseMs: number;
  /** After a message was taken, milliseconds. */
  readonly quietMs: number;
  readonly random: () => number;
}

/** These answers are about the message, not about the receiver: those behind it need not wait. */
const aboutMessage: ReadonlySet<number | undefined> = new Set([400, 413, 415, 422]);

export function afterAccepted({ message, isAside, state, nowMs, quietMs }: Tried): AfterTry {
  const { head, because: _over, ...rest } = state;
  const next: LaneState = {
    ...rest,
    ...(isAside ? head && { head } : { bookmark: message.bookmark }),
    failures: 0,
    pausedUntil: quietMs === 0 ? 0 : nowMs + quietMs,
    accepted: state.accepted + 1,
    skipped: state.skipped + (message.skipped?.count ?? 0),
    acceptedAt: nowMs,
  };
  return { state: next, ...(isAside && { isGone: true }) };
}

/**
 * A message keeps its place for four tries, then it is tried beside the others: so one that a receiver cannot read does
 * not hold up the rest. After the tenth it is given up.
 */
export function afterFailed(tried: Tried, outcome: Extract<Outcome, { kind: 'failed' }>): AfterTry {
  const { message, isAside, state, nowMs, firstPauseMs, random } = tried;
  const failures = state.failures + 1;
  const tries = message.tries + 1;
  const askedMs = outcome.retryAfterMs ?? 0;
  const pauseMs = Math.max(pauseOfEndpoint(failures, firstPauseMs, random), askedMs);
  const next: LaneState = {
    ...state,
    failures,
    pausedUntil: pauseMs === 0 ? 0 : nowMs + pauseMs,
    failedAt: nowMs,
    because: outcome.because,
  };
  const { head: _settled, ...passed } = { ...next, bookmark: message.bookmark };
  if (tries >= mostTries) {
    const skipped = state.skipped + (message.skipped?.count ?? 0);
    const over = { ...(isAside ? next : passed), givenUp: state.givenUp + 1, skipped };
    return { state: over, isGivenUp: true, ...(isAside && { isGone: true }) };
  }
  const again = { ...message, tries, dueAt: nowMs + Math.max(pauseAfter(tries, firstPauseMs, random), askedMs) };
  if (isAside) return { state: next, aside: again };
  if (tries >= triesInPlace || aboutMessage.has(outcome.status)) return { state: passed, aside: again };
  return { state: { ...next, head: again } };
}

/** One try at a time looks whether the receiver is back. */
export const isPausing = ({ failures }: LaneState): boolean => failures >= failuresToPause;
