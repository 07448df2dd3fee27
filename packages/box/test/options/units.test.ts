import { parseDuration } from '@pinky/protocol';
import { parseShare, parseSize } from '../../src/options/sizes.js';

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

  const sizes: readonly [string, number][] =
    [['1 GiB', 2 ** 30], ['500MB', 5e8], ['12 B', 12], ['1.5 kib', 1536], ['0', 0]];
  it.each(sizes)('reads the size %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('refuses a size without a unit', () => {
    expect(parseSize('1000')).toBeUndefined();
  });

  it.each([
    ['5%', { percent: 5 }],
    ['2.5 %', { percent: 2.5 }],
    ['10 GiB', { bytes: 10 * 2 ** 30 }],
    ['0', { bytes: 0 }],
  ])('reads the share of a disk %s', (text, share) => {
    expect(parseShare(text)).toEqual(share);
  });

  it.each(['', '5', '101%', '-1%', 'half'])('refuses the share %j', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});
