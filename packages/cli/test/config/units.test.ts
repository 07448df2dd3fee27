import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/durations.js';
import { formatSize, parseSize } from '../../src/config/sizes.js';
import { editDistance, suggest } from '../../src/config/suggest.js';

describe('durations, sizes and names', () => {
  it.each([
    ['500ms', 500],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['2 d', 172_800_000],
    ['0', 0],
  ])('reads the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '15', 'm', '1x', '-5s', '1m nonsense'])('refuses the duration %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('reads every duration that it writes, to the precision that it writes', () => {
    fc.assert(fc.property(fc.nat(10 ** 10), (ms) => {
      const read = parseDuration(formatDuration(ms)) ?? Number.NaN;
      return read <= ms && ms - read < Math.max(1000, ms / 20);
    }));
  });

  it.each([['1 GiB', 2 ** 30], ['500MB', 5e8], ['12 B', 12], ['1.5 kib', 1536]])('reads the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('refuses a size without a unit', () => {
    expect(parseSize('1000')).toBeUndefined();
  });

  it('writes sizes for people', () => {
    expect([0, 1023, 1536, 2 ** 30, 250 * 2 ** 20].map(formatSize)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '1 GiB',
      '250 MiB',
    ]);
  });

  it('counts a swap of neighbours as one mistake', () => {
    expect(editDistance('bakcup', 'backup')).toBe(1);
  });

  it('suggests nothing where nothing is near', () => {
    expect(suggest('zebra', ['backup', 'ports'])).toBeUndefined();
  });
});
