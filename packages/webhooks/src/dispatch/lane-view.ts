import type { WebhookEndpoint, WebhookState } from '@pinky/protocol';
import type { Message } from '../format/message.js';
import { isPausing } from './after-try.js';
import type { LaneState } from './lane-state.js';

/** A lane for people. Before it has read where it is, nothing is known but whether it is on. */
export function viewOf(
  { id, isEnabled, disabledBecause }: WebhookEndpoint,
  state: LaneState | undefined,
  aside: readonly Message[],
  published: number,
): WebhookState {
  const because = disabledBecause ?? state?.because;
  const nextTryAt = state && isEnabled ? nextTry(state, aside) : undefined;
  return {
    id,
    condition: conditionOf(isEnabled, state, aside.length),
    waiting: state ? Math.max(0, published - state.bookmark.n) : 0,
    aside: aside.length,
    accepted: state?.accepted ?? 0,
    givenUp: state?.givenUp ?? 0,
    skipped: state?.skipped ?? 0,
    ...(state?.acceptedAt !== undefined && { acceptedAt: iso(state.acceptedAt) }),
    ...(state?.failedAt !== undefined && { failedAt: iso(state.failedAt) }),
    ...(because !== undefined && { because }),
    ...(nextTryAt !== undefined && { nextTryAt: iso(nextTryAt) }),
  };
}

function conditionOf(isEnabled: boolean, state: LaneState | undefined, aside: number): WebhookState['condition'] {
  if (!isEnabled) return 'disabled';
  if (state && isPausing(state)) return 'paused';
  return (state?.head?.tries ?? 0) > 0 || aside > 0 ? 'failing' : 'fine';
}

/** Only where something waits for its time. */
function nextTry({ head, pausedUntil }: LaneState, aside: readonly Message[]): number | undefined {
  const waiting = [...(head ? [head] : []), ...aside].filter(({ tries }) => tries > 0);
  if (waiting.length === 0) return undefined;
  return Math.max(pausedUntil, Math.min(...waiting.map(({ dueAt }) => dueAt)));
}

const iso = (ms: number): string => new Date(ms).toISOString();
