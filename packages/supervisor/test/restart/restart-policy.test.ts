import fc from 'fast-check';
import { afterCrash, cleanHistory, defaultRestart, type CrashHistory } from '../../src/restart/restart-policy';
import { meaningOf } from '../../src/restart/exit-meaning';

const keepTrying = { ...defaultRestart, atCrashLoop: 'keepTrying' } as const;

/** Crashes at once after every restart for `lifetimeMs`. Returns the number of restarts. */
function restartsWithin(lifetimeMs: number, random: number): number {
  let history: CrashHistory = cleanHistory;
  let restarts = 0;
  for (let now = 0; now < lifetimeMs; restarts += 1) {
    const decision = afterCrash(history, now, keepTrying, random);
    history = decision.history;
    now += decision.pauseMs ?? Infinity;
  }
  return restarts;
}

describe('the restart policy', () => {
  it('restarts at once after a single crash', () => {
    expect(afterCrash(cleanHistory, 1_000, defaultRestart, 0.5)).toMatchObject({ pauseMs: 0, isCrashLoop: false });
  });

  it('waits longer after each crash that follows quickly, up to the crash loop', () => {
    let history = cleanHistory;
    const pauses = [0, 1, 2, 3, 4].map((at) => {
      const decision = afterCrash(history, at, defaultRestart, 0);
      history = decision.history;
      return decision.pauseMs;
    });
    expect(pauses.slice(0, 4)).toEqual([0, 100, 200, 400]);
    const sixth = afterCrash(history, 5, defaultRestart, 0);
    expect(sixth).toMatchObject({ isCrashLoop: true, pauseMs: undefined });
  });

  it('forgets crashes over time: one crash an hour is never a crash loop', () => {
    let history = cleanHistory;
    for (let hour = 0; hour < 1_000; hour += 1) {
      const decision = afterCrash(history, hour * 3_600_000, defaultRestart, 0.5);
      history = decision.history;
      expect(decision).toMatchObject({ pauseMs: 0, isCrashLoop: false });
    }
  });

  it('makes no restart storm of a program that always dies at once: a few quick restarts, then long pauses', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
      expect(restartsWithin(3_600_000, random)).toBeLessThan(
        10 + (2 * 3_600_000) / (keepTrying.maxBackoffMs * (1 - keepTrying.jitter)),
      );
    }));
  });

  it('never waits longer than the longest pause, nor less than nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (gaps, random) => {
          let history = cleanHistory;
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const decision = afterCrash(history, now, keepTrying, random);
            history = decision.history;
            expect(decision.pauseMs).toBeGreaterThanOrEqual(0);
            expect(decision.pauseMs).toBeLessThanOrEqual(keepTrying.maxBackoffMs);
          }
        },
      ),
    );
  });

  it('reads exit codes by the table, and takes every other exit for a crash', () => {
    const codes = { 0: 'done', 3: 'handedOver', 4: 'occupied' } as const;
    expect(meaningOf({ kind: 'code', code: 3 }, codes)).toBe('handedOver');
    expect(meaningOf({ kind: 'code', code: 1 }, codes)).toBe('crashed');
    expect(meaningOf({ kind: 'signal', signal: 'SIGKILL' }, codes)).toBe('crashed');
    expect(meaningOf({ kind: 'unknown' }, codes)).toBe('crashed');
  });
});
