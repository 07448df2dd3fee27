import fc from 'fast-check';
import { toWholeSecond, withinWholeSecond } from '../../src/index.js';

/** Times of a process that waits again and again, each time from a moment after the last wait ended. */
function ends(ms: number, from: number, count: number): number[] {
  const times: number[] = [];
  for (let now = from; times.length < count; now = (times.at(-1) ?? 0) + 0.4) times.push(now + toWholeSecond(ms, now));
  return times;
}

it.each([1_000, 1_500, 10_000])('waits of %d ms end within a millisecond of a whole second', (ms) => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (from) => {
    const [first = 0, ...others] = ends(ms, from, 4);
    expect(Math.abs(first - from - ms)).toBeLessThanOrEqual(501);
    for (const at of [first, ...others]) expect(at % 1_000).toBeLessThan(1);
  }));
});

it('waits of whole seconds keep their length, also where a timer fires a little early', () => {
  expect(toWholeSecond(10_000, 7_000)).toBe(10_000);
  expect(toWholeSecond(1_000, 6_999.6)).toBe(1_001);
  expect(toWholeSecond(1_000, 7_000.4)).toBe(1_000);
});

it('short waits stay as they are', () => {
  expect(toWholeSecond(999, 1_234)).toBe(999);
});

it.each([1_000, 1_500, 2_500])('beats of %d ms never come later, and end on a whole second', (ms) => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (now) => {
    const wait = withinWholeSecond(ms, now);
    expect([wait > 0, wait <= Math.ceil(ms)]).toEqual([true, true]);
    expect((now + wait) % 1_000).toBeLessThan(2);
  }));
});
