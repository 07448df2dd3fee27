import { isBoxFetchOver, type BoxFetch, type DistributionState } from '@pinky/protocol';
import { inFlight, inState, type Distribution } from './distribution.js';

/** The next thing that a distribution needs, as far as its boxes are known. */
export type Step =
  | { readonly type: 'wait' }
  /** A wave of these boxes. */
  | { readonly type: 'wave'; readonly boxes: readonly string[] }
  /** No further wave: it goes on with what is under way. */
  | { readonly type: 'halt'; readonly because: string }
  /** Nothing is under way any more. */
  | { readonly type: 'finish'; readonly state: DistributionState };

/** Pure: the same distribution has the same next step, whichever process asks. */
export function nextStep(one: Distribution): Step {
  const because = one.state === 'running' ? reasonToHalt(one) : undefined;
  if (because !== undefined) return { type: 'halt', because };
  const waiting = one.state === 'running' ? one.boxes.filter(({ state }) => state === 'waiting') : [];
  if (waiting.length === 0) return inFlight(one).length > 0 ? { type: 'wait' } : finish(one);
  if (!isEnough(one)) return { type: 'wait' };
  return { type: 'wave', boxes: waiting.slice(0, one.order.waveSize).map(({ box }) => box) };
}

function finish(one: Distribution): Step {
  if (one.state !== 'running') return { type: 'finish', state: one.state };
  return { type: 'finish', state: inState(one, 'failed') === 0 ? 'done' : 'incomplete' };
}

/** Whether so much of the last wave is over that the next may begin. A box that is away holds it up no longer. */
function isEnough(one: Distribution): boolean {
  const present = waveOf(one, one.waves).filter(({ state }) => state !== 'away');
  const over = present.filter(isBoxFetchOver);
  return over.length >= Math.ceil((present.length * one.order.enoughPercent) / 100);
}

/** A whole wave that failed says that the pack is at fault, as Ansible reads a batch. One box may be that itself. */
function reasonToHalt(one: Distribution): string | undefined {
  if (inState(one, 'waiting') === 0) return undefined;
  const { mostFailures } = one.order;
  const failed = inState(one, 'failed');
  if (mostFailures !== undefined && failed > mostFailures) {
    return `${failed} ${failed === 1 ? 'box has' : 'boxes have'} failed, and at most ${mostFailures} may`;
  }
  const last = waveOf(one, one.waves);
  const isAllFailed = last.length > 1 && last.every(({ state }) => state === 'failed');
  return isAllFailed ? `all ${last.length} boxes of wave ${one.waves} have failed` : undefined;
}

const waveOf = ({ boxes }: Distribution, wave: number): BoxFetch[] => boxes.filter((each) => each.wave === wave);
