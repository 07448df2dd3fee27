import fc from 'fast-check';
import { askGracefully, askImmediately, beat, tick, watched, type Escalation } from '../../src/terminate/escalation';
import { defaultLadderOptions, type LadderOptions } from '../../src/terminate/ladder';

const timeouts = fc.integer({ min: 0, max: 60_000 });
const ladders: fc.Arbitrary<LadderOptions> = fc.record({
  gracefulSignal: fc.constant('SIGTERM' as const),
  immediateSignal: fc.constant('SIGQUIT' as const),
  gracefulKillIntervalMs: timeouts,
  gracefulKillIntervalIncrementMs: fc.integer({ min: 0, max: 5_000 }),
  gracefulKillTimeoutMs: timeouts,
  immediateKillIntervalMs: timeouts,
  immediateKillIntervalIncrementMs: fc.integer({ min: 0, max: 5_000 }),
  immediateKillTimeoutMs: timeouts,
});

/** Ticks every `tickMs` until a KILL or the end. Returns each signal and its time. */
function climb(from: Escalation, options: LadderOptions, tickMs: number, endMs: number) {
  const sent: { at: number; signal: string }[] = [];
  let at = from;
  for (let now = 0; now <= endMs; now += tickMs) {
    const { next, signal } = tick(at, now, options);
    at = next;
    if (signal !== undefined) sent.push({ at: now, signal });
    if (signal === 'SIGKILL') break;
  }
  return sent;
}

describe('the escalation ladder', () => {
  it('comes to KILL in bounded time for all timeouts but -1', () => {
    fc.assert(
      fc.property(ladders, fc.integer({ min: 100, max: 2_000 }), fc.boolean(), (options, tickMs, isGraceful) => {
        const start = isGraceful ? askGracefully(watched(0), 0) : askImmediately(watched(0), 0);
        // The last pause of a rung may begin just before its timeout.
        const rungMs = (timeout: number, interval: number, increment: number): number => {
          const signals =
            interval + increment === 0
              ? 0
              : Math.ceil(timeout / Math.max(1, interval)) +
                Math.ceil(Math.sqrt((2 * timeout) / Math.max(1, increment)));
          return timeout + interval + increment * Math.min(signals, 100) + 2 * tickMs;
        };
        const bound =
          rungMs(
            options.gracefulKillTimeoutMs,
            options.gracefulKillIntervalMs,
            options.gracefulKillIntervalIncrementMs,
          ) +
          rungMs(
            options.immediateKillTimeoutMs,
            options.immediateKillIntervalMs,
            options.immediateKillIntervalIncrementMs,
          );
        expect(climb(start, options, tickMs, bound + 10 * tickMs).at(-1)?.signal).toBe('SIGKILL');
      }),
      { numRuns: 200 },
    );
  });

  it('never goes down a rung', () => {
    const rank: Record<string, number> = { SIGTERM: 0, SIGQUIT: 1, SIGKILL: 2 };
    fc.assert(fc.property(ladders, fc.integer({ min: 100, max: 2_000 }), (options, tickMs) => {
      const ranks = climb(askGracefully(watched(0), 0), options, tickMs, 600_000).map((s) => rank[s.signal]!);
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    }), { numRuns: 100 });
  });

  it('sends nothing to a process that beats in time and was not asked to leave', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 200 }), (gaps) => {
      let at = watched(0);
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const decision = tick(beat(at, now), now, { ...defaultLadderOptions, heartbeatTimeoutMs: 1_000 });
        at = decision.next;
        expect(decision.signal).toBeUndefined();
      }
    }));
  });

  it.each([
    ['a process that loads', watched(0), 5_000],
    ['one that has beaten', beat(watched(0), 0), 1_000],
    ['one that is asked to leave while it loads', askGracefully(watched(0), 0), 5_000],
  ])('takes %s for hung after its own patience', (_, at, patienceMs) => {
    const options = {
      ...defaultLadderOptions,
      heartbeatTimeoutMs: 1_000,
      bootTimeoutMs: 5_000,
    };
    expect(tick(at, patienceMs - 1, options).stalled).toBeUndefined();
    expect(tick(at, patienceMs, options)).toMatchObject({ stalled: true, signal: 'SIGQUIT' });
  });

  it('knows no other patience for loading unless it is told, and none that is shorter', () => {
    const options = { ...defaultLadderOptions, heartbeatTimeoutMs: 1_000 };
    expect(tick(watched(0), 1_000, options).stalled).toBe(true);
    expect(tick(watched(0), 999, { ...options, bootTimeoutMs: 10 }).stalled).toBeUndefined();
  });

  it('never sends KILL if the immediate timeout is -1, nor QUIT if the graceful one is', () => {
    const never = { ...defaultLadderOptions, gracefulKillTimeoutMs: -1, immediateKillTimeoutMs: -1 };
    expect(new Set(climb(askGracefully(watched(0), 0), never, 500, 10_000_000).map((s) => s.signal))).toEqual(
      new Set(['SIGTERM']),
    );
    expect(new Set(climb(askImmediately(watched(0), 0), never, 500, 10_000_000).map((s) => s.signal))).toEqual(
      new Set(['SIGQUIT']),
    );
  });
});
