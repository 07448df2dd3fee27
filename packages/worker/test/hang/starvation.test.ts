import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Starvation, stallTotalIn, type Stall } from '../../src/hang/starvation.js';
import { tempDir } from '../temp.js';

describe('a machine that starves a game', () => {
  const nothing = (): undefined => undefined;
  const after = (own: Partial<Record<Stall, number>>, machine: Partial<Record<Stall, number>>): boolean => {
    let now = 0;
    const totals = (of: Partial<Record<Stall, number>>) => (stall: Stall): number | undefined =>
      (of[stall] === undefined ? undefined : (now * of[stall]) / 100);
    const starvation = new Starvation(() => now, totals(own), totals(machine));
    starvation.begin();
    now = 10_000;
    return starvation.isStarved;
  };

  it('lets its tasks wait for a quarter of the time: for a processor, for memory or for the disk', () => {
    for (const stall of ['cpu', 'memory', 'io']) {
      const starved = [after({}, { [stall]: 24 }), after({}, { [stall]: 25 })];
      expect({ stall, starved }).toEqual({ stall, starved: [false, true] });
    }
  });

  it('is not one on which only others wait, where the waits of the game itself are counted', () => {
    expect(after({ cpu: 1, memory: 0, io: 0 }, { cpu: 90, memory: 90, io: 90 })).toBe(false);
    expect(after({ cpu: 30 }, { cpu: 1 })).toBe(true);
  });

  it('is not known where nobody counts', () => {
    const starvation = new Starvation(() => 5, nothing, nothing);
    expect(starvation.isStarved).toBe(false);
    starvation.begin();
    expect(starvation.isStarved).toBe(false);
  });
});

describe('a file of the kernel with what tasks have waited', () => {
  const dir = tempDir();

  it('gives the time of some tasks for the processor, and of all for the rest, in milliseconds', () => {
    const path = join(dir(), 'pressure');
    writeFileSync(path, 'some avg10=1.00 avg60=1.00 avg300=0.10 total=4000\nfull avg10=0.00 avg60=0.00 total=1500\n');
    expect([stallTotalIn(path, 'cpu'), stallTotalIn(path, 'memory'), stallTotalIn(path, 'io')]).toEqual([4, 1.5, 1.5]);
    expect(stallTotalIn(join(dir(), 'none'), 'cpu')).toBeUndefined();
  });
});
