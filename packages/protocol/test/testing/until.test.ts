import { lookFor, NeverHappened, until } from '../../src/testing/index.js';

describe('a wait for what other processes do', () => {
  it('looks until something is found, and answers that', async () => {
    let looks = 0;
    expect(await until('the third look', () => ++looks === 3 && { looks }, { everyMs: 1 })).toEqual({ looks: 3 });
  });

  it('says what never happened', async () => {
    const waiting = until('pigs fly', async () => undefined, { timeoutMs: 0 });
    await expect(waiting).rejects.toThrow(new NeverHappened('did not happen within 0 s: pigs fly'));
  });

  it('looks once even if the time is over, so that a starved process does not give up blindly', async () => {
    expect(await lookFor(() => 'there', { timeoutMs: -1 })).toBe('there');
    expect(await lookFor(() => '', { timeoutMs: -1 })).toBeUndefined();
  });

  it('pauses three times as long as the look took, where that is longer than the pause it was given', async () => {
    const spin = (ms: number): void => { for (const begin = performance.now(); performance.now() - begin < ms;); };
    const ends: number[] = [];
    const pause = await until('the second look', () => {
      if (ends.length > 0) return performance.now() - Number(ends[0]);
      spin(40);
      ends.push(performance.now());
      return undefined;
    }, { everyMs: 1 });
    expect(pause).toBeGreaterThan(110);
  });

  it('ends with the reason of its signal', async () => {
    const over = AbortSignal.abort(new Error('the test is over'));
    await expect(lookFor(() => 'there', { signal: over })).rejects.toThrow('the test is over');
  });
});
