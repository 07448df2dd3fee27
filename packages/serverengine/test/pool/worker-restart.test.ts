import fc from 'fast-check';
import { afterCrash, cleanHistory, type CrashHistory } from '@pinky/supervisor';
import { defaultWorkerRestart } from '../../src/pool/worker-slot';

const lives = fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 50, maxLength: 200 });

/** The start times of a worker with these lifetimes. Milliseconds. */
function starts(times: readonly number[], random: number): number[] {
  const at: number[] = [0];
  let now = 0;
  let history: CrashHistory = cleanHistory;
  for (const life of times) {
    now += life;
    const decision = afterCrash(history, now, defaultWorkerRestart, random);
    history = decision.history;
    now += decision.pauseMs ?? Infinity;
    at.push(now);
  }
  return at;
}

describe('the restart policy of workers', () => {
  it('makes no restart storm: even with the shortest lives, no minute has more than sixteen starts', () => {
    fc.assert(fc.property(lives, fc.double({ min: 0, max: 0.999, noNaN: true }), (times, random) => {
      const at = starts(times, random);
      const most = Math.max(...at.map((from) => at.filter((time) => time >= from && time < from + 60_000).length));
      expect(most).toBeLessThanOrEqual(16);
    }));
  });

  it('never gives up, and never waits longer than half a minute', () => {
    fc.assert(fc.property(lives, (times) => {
      const at = starts(times, 0);
      const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0) - (times[index] ?? 0));
      expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000);
    }));
  });

  it('starts a worker that fails now and then at once', () => {
    const hourly = starts(Array.from({ length: 20 }, () => 3_600_000), 0);
    expect(hourly.slice(1).map((time, index) => time - (hourly[index] ?? 0))).toEqual(
      Array.from({ length: 20 }, () => 3_600_000),
    );
  });
});
