import type { BoxFetchState } from '@pinky/protocol';
import { newDistribution, type Distribution } from '../../src/distributions/distribution.js';
import { nextStep } from '../../src/distributions/plan.js';

const letters: Readonly<Record<string, BoxFetchState>> = {
  w: 'waiting',
  q: 'queued',
  a: 'away',
  f: 'fetching',
  r: 'retrying',
  d: 'done',
  x: 'failed',
  s: 'skipped',
};

/** Boxes by letters, waves apart: `dfa ww` is a wave of three under way, and two boxes that wait. */
function distribution(text: string, order: Partial<Distribution['order']> = {}, more: Partial<Distribution> = {}) {
  let wave = 0;
  const boxes = text.split(' ').flatMap((group) => {
    if (!/^w+$/.test(group)) wave += 1;
    return group.split('').map((letter) => ({ state: letters[letter] ?? 'waiting', wave: letter === 'w' ? 0 : wave }));
  });
  const made = newDistribution('d1', {
    funpack: { url: 'http://x/f.tar' },
    boxes: boxes.map((_, i) => `b${i}`),
    waveSize: 2,
    enoughPercent: 75,
    ...order,
  }, Date.UTC(2026, 0, 1));
  return {
    ...made,
    waves: wave,
    boxes: made.boxes.map((each, i) => {
      const { state, wave: its } = boxes[i] ?? { state: 'waiting' as const, wave: 0 };
      return { ...each, state, ...(its > 0 && { wave: its }) };
    }),
    ...more,
  };
}

describe('the next step of a distribution', () => {
  it.each([
    ['www', 'wave', 'the first wave begins at once'],
    ['qf ww', 'wait', 'nothing of the wave is over'],
    ['df ww', 'wait', 'half of it is over, and three quarters are enough'],
    ['dd ww', 'wave', 'all of it is over'],
    ['xd ww', 'wave', 'a failure of one box counts as over'],
    ['dr ww', 'wait', 'a box that tries again is not over'],
    ['da ww', 'wave', 'a box that is away holds up no wave'],
    ['aa ww', 'wave', 'nor do several'],
    ['fa ww', 'wait', 'the one that is there fetches still'],
    ['xx ww', 'halt', 'a wave that failed whole says that the pack is at fault'],
    ['dd ddxf', 'wait', 'the last ones are followed'],
    ['dd da', 'wait', 'one that is away gets it when it is back'],
    ['dd', 'finish', 'every box has it'],
    ['xx', 'finish', 'there is nothing left to halt'],
  ])('%s: %s, because %s', (text, type) => {
    expect(nextStep(distribution(text)).type).toBe(type);
  });

  it('takes as many boxes as a wave may have, in their order', () => {
    expect(nextStep(distribution('dd wwww', { waveSize: 3 }))).toEqual({ type: 'wave', boxes: ['b2', 'b3', 'b4'] });
    expect(nextStep(distribution('dddf ww', { waveSize: 4 })).type).toBe('wave');
    expect(nextStep(distribution('df ww', { enoughPercent: 50 })).type).toBe('wave');
    expect(nextStep(distribution('dddf ww', { waveSize: 4, enoughPercent: 100 })).type).toBe('wait');
  });

  it('is halted by more failures than it may have, and never by one box that is alone in its wave', () => {
    expect(nextStep(distribution('xd ww', { mostFailures: 0 }))).toEqual({
      type: 'halt',
      because: '1 box has failed, and at most 0 may',
    });
    expect(nextStep(distribution('xd xd ww', { mostFailures: 2 })).type).toBe('wave');
    expect(nextStep(distribution('x ww', { waveSize: 1 })).type).toBe('wave');
  });

  it.each([
    ['dd', 'running', 'done'],
    ['dx', 'running', 'incomplete'],
    ['dd ss', 'cancelled', 'cancelled'],
    ['xx ss', 'halted', 'halted'],
  ] as const)('ends %s, which was %s, as %s', (text, state, end) => {
    expect(nextStep(distribution(text, {}, { state }))).toEqual({ type: 'finish', state: end });
  });

  it('begins no wave of one that was cancelled, and follows what is under way', () => {
    expect(nextStep(distribution('df ss', {}, { state: 'cancelled' }))).toEqual({ type: 'wait' });
  });
});
