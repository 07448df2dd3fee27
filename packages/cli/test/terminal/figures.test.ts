import { parseDuration } from '@pinky/box/config';
import fc from 'fast-check';
import { formatDuration, formatSize } from '../../src/terminal/figures.js';

describe('durations and sizes on the screen', () => {
  it('prints durations that can be read again, to the precision that is printed', () => {
    fc.assert(fc.property(fc.nat(10 ** 10), (ms) => {
      const read = parseDuration(formatDuration(ms)) ?? Number.NaN;
      return read <= ms && ms - read < Math.max(1000, ms / 20);
    }));
  });

  it('prints sizes for people', () => {
    expect([0, 1023, 1536, 2 ** 30, 250 * 2 ** 20].map(formatSize)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '1 GiB',
      '250 MiB',
    ]);
  });
});
