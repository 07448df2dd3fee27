import fc from 'fast-check';
import { isRunId, nextRunId } from '../../src/run/run-id.js';

describe('run ids', () => {
  it('sort by age as text, also when the clock is set back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }), { minLength: 2 }),
        (times) => {
          let last = '';
          for (const time of times) {
            const next = nextRunId(time, last);
            expect(isRunId(next)).toBe(true);
            expect(next > last).toBe(true);
            last = next;
          }
        },
      ),
    );
  });

  it('are told from other names in the folder', () => {
    for (const name of ['', '.', 'tmp', '1700000000000', '1700000000000-xyz1', '1700000000000-abcd.tmp'])
      expect(isRunId(name)).toBe(false);
  });
});
