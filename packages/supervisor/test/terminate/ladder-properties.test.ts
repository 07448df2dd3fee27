import fc from 'fast-check';
import {
  askGracefully,
  askImmediately,
  beat,
  nextLookAt,
  tick,
  watched,
  type Escalation,
} from '../../src/terminate/escalation';
import type { LadderOptions } from '../../src/terminate/ladder';

const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const timeout = fc.oneof(fc.constant(-1), ms(5_000));
const ladders: fc.Arbitrary<LadderOptions> = fc.record({
  gracefulSignal: fc.constant('SIGTERM' as const),
  immediateSignal: fc.constant('SIGQUIT' as const),
  gracefulKillIntervalMs: ms(2_000),
  gracefulKillIntervalIncrementMs: ms(1_000),
  gracefulKillTimeoutMs: timeout,
  immediateKillIntervalMs: ms(2_000),
  immediateKillIntervalIncrementMs: ms(1_000),
  immediateKillTimeoutMs: timeout,
});
const actions = fc.array(
  fc.record({ at: ms(8_000), do: fc.constantFrom('graceful' as const, 'immediate' as const, 'beat' as const) }),
  { maxLength: 8 },
);

interface Sent {
  readonly at: number;
  readonly signal: NodeJS.Signals;
}

/** Looks every half second and whenever the ladder says so, as the library does. */
function climb(
  options: LadderOptions,
  asked: readonly { readonly at: number; readonly do: 'graceful' | 'immediate' | 'beat' }[],
  until: number,
): Sent[] {
  let at: Escalation = watched(0);
  const sent: Sent[] = [];
  const waiting = [...asked].sort((a, b) => a.at - b.at);
  for (let now = 0; now <= until; ) {
    while (waiting[0] && waiting[0].at <= now) {
      const action = waiting.shift()!;
      at =
        action.do === 'beat'
          ? beat(at, now)
          : action.do === 'graceful'
            ? askGracefully(at, now)
            : askImmediately(at, now);
    }
    const { next, signal } = tick(at, now, options);
    at = next;
    if (signal !== undefined) sent.push({ at: now, signal });
    now = Math.max(now + 1, Math.min(now + 500, nextLookAt(at, options) ?? Infinity, waiting[0]?.at ?? Infinity));
  }
  return sent;
}

describe('every ladder', () => {
  it('ends in KILL in bounded time once it has begun, unless a timeout is -1', () => {
    fc.assert(fc.property(ladders, actions, (options, asked) => {
      const first = asked.filter((action) => action.do !== 'beat').sort((a, b) => a.at - b.at)[0];
      fc.pre(first !== undefined && options.gracefulKillTimeoutMs >= 0 && options.immediateKillTimeoutMs >= 0);
      // After each timeout one pause may still be running, and pauses grow while signals are sent.
      const until = first!.at + 8_000 + 2 * (options.gracefulKillTimeoutMs + options.immediateKillTimeoutMs) + 60_000;
      expect(climb(options, asked, until).map(({ signal }) => signal)).toContain('SIGKILL');
    }), { numRuns: 300 });
  });

  it('never kills if the immediate timeout is -1', () => {
    fc.assert(fc.property(ladders, actions, (options, asked) => {
      expect(
        climb({ ...options, immediateKillTimeoutMs: -1 }, asked, 20_000).map(({ signal }) => signal),
      ).not.toContain('SIGKILL');
    }));
  });

  it('sends nothing to a process that is not stalled and was not asked to leave', () => {
    fc.assert(fc.property(ladders, actions, (options, asked) => {
      expect(climb(options, asked.filter((action) => action.do === 'beat'), 20_000)).toEqual([]);
    }));
  });

  it('never falls back to a lower rung', () => {
    const rung = { SIGTERM: 0, SIGQUIT: 1, SIGKILL: 2 } as Record<string, number>;
    fc.assert(fc.property(ladders, actions, (options, asked) => {
      const rungs = climb(options, asked, 30_000).map(({ signal }) => rung[signal] ?? -1);
      expect(rungs).toEqual([...rungs].sort((a, b) => a - b));
    }));
  });

  it('stops a stalled process by itself, but never if its heartbeat timeout is -1', () => {
    fc.assert(fc.property(ladders, ms(3_000), (options, heartbeatTimeoutMs) => {
      expect(climb({ ...options, heartbeatTimeoutMs }, [], 10_000).length).toBeGreaterThan(0);
      expect(climb({ ...options, heartbeatTimeoutMs: -1 }, [], 10_000)).toEqual([]);
    }));
  });
});
