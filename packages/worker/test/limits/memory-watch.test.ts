import type { MemoryFigures } from '@pinky/jail';
import { FakeClock, startStopContract } from '@pinky/protocol/testing';
import { MemoryWatch } from '../../src/limits/memory-watch.js';

const mib = 2 ** 20;

describe('the watch on the memory of a game', () => {
  it.each(startStopContract(async () => {
    const clock = new FakeClock();
    let looks = 0;
    const part = new MemoryWatch({
      clock,
      figures: () => {
        looks += 1;
        return { usedBytes: 1, limitBytes: 100 * mib, endedByKernel: 0 };
      },
      onNearLimit: () => undefined,
    });
    const running = async (): Promise<number> => {
      const before = looks;
      await clock.advance(10_000);
      return looks - before;
    };
    return { part, running };
  }))('%s', (_, check) => check());

  interface Watched {
    readonly clock: FakeClock;
    readonly watch: MemoryWatch;
    readonly warnings: MemoryFigures[];
    used: number;
    ended: number;
    looks: number;
  }
  function watched(limitBytes: number | undefined = 100 * mib): Watched {
    const clock = new FakeClock();
    const warnings: MemoryFigures[] = [];
    const seen = { clock, warnings, used: 0, ended: 0, looks: 0 };
    const watch = new MemoryWatch({
      clock,
      figures: () => {
        seen.looks += 1;
        const { used, ended } = seen;
        return { usedBytes: used, ...(limitBytes > 0 && { limitBytes }), peakBytes: used, endedByKernel: ended };
      },
      onNearLimit: (figures) => warnings.push(figures),
    });
    return Object.assign(seen, { watch });
  }

  it('warns once from 90 % on, and looks closely from 70 % on', async () => {
    const seen = watched();
    seen.used = 50 * mib;
    seen.watch.start();
    await seen.clock.advance(10_000);
    expect([seen.looks, seen.warnings.length]).toEqual([2, 0]);
    seen.used = 70 * mib;
    await seen.clock.advance(10_000);
    const before = seen.looks;
    for (let second = 0; second < 5; second++) await seen.clock.advance(1_000);
    expect(seen.looks - before).toBe(5);
    for (const used of [90, 80, 95]) {
      seen.used = used * mib;
      await seen.clock.advance(1_000);
    }
    expect(seen.warnings).toMatchObject([{ usedBytes: 90 * mib, limitBytes: 100 * mib }]);
    await seen.watch.stop();
  });

  it('calls an end by KILL one for want of memory only if the kernel says so, with the curve before it', async () => {
    const seen = watched();
    seen.used = 60 * mib;
    seen.watch.start();
    await seen.clock.advance(10_000);
    seen.used = 99 * mib;
    await seen.clock.advance(10_000);
    await seen.watch.stop();
    expect(seen.watch.verdict({ signal: 'SIGKILL' })).toBeUndefined();
    seen.ended = 1;
    expect(seen.watch.verdict({ signal: 'SIGTERM' })).toBeUndefined();
    expect(seen.watch.verdict({ code: 1 })).toBeUndefined();
    expect(seen.watch.verdict({ signal: 'SIGKILL' })).toEqual({
      reason: 'out_of_memory',
      limit: 100 * mib,
      peak: 99 * mib,
      memory_curve: [[20, 60 * mib], [10, 60 * mib], [0, 99 * mib]],
    });
  });

  it('looks no further where there is no limit', async () => {
    const seen = watched(0);
    seen.watch.start();
    await seen.clock.advance(60_000);
    expect(seen.looks).toBe(1);
    await seen.watch.stop();
  });
});
