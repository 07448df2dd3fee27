import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConsoleTimes } from '../../src/console/console-times.js';
import { tempDir } from '../temp.js';

describe('the times of a console', () => {
  const dir = tempDir();

  it('are marked every five seconds at most, and at once after a clock that was set back', () => {
    const path = join(dir(), 'times');
    const times = new ConsoleTimes(path);
    for (const [offset, at] of [[0, 1_000], [10, 5_999], [20, 6_000], [30, 9_000], [40, 2_000]] as const) {
      times.mark(offset, at);
    }
    expect(readFileSync(path, 'utf8')).toBe('0 1000\n20 6000\n40 2000\n');
  });

  it('are thinned out before the file becomes large', () => {
    const path = join(dir(), 'times');
    const times = new ConsoleTimes(path);
    for (let nth = 0; nth <= 20_000; nth++) times.mark(nth, nth * 5_000);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(10_001);
    expect(lines.at(-1)).toBe('20000 100000000');
  });

  it('do without a file where the disk is full', () => {
    expect(() => new ConsoleTimes(join(dir(), 'nowhere', 'times')).mark(0, 1)).not.toThrow();
  });
});
