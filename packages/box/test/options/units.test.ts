import { parseDuration } from '../../src/options/durations.js';
import { parseSize } from '../../src/options/sizes.js';

describe('durations and sizes in pinky.yml', () => {
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

  it.each([['1 GiB', 2 ** 30], ['500MB', 5e8], ['12 B', 12], ['1.5 kib', 1536]])('reads the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('refuses a size without a unit', () => {
    expect(parseSize('1000')).toBeUndefined();
  });
});
