import { LastLines } from '../../src/run/last-lines.js';

describe('LastLines', () => {
  it('keeps twenty lines of five hundred characters', () => {
    const lines = new LastLines();
    for (let i = 0; i < 30; i++) lines.add(`${i} ${'x'.repeat(1_000)}`);
    expect(lines.all).toHaveLength(20);
    expect(lines.all[0]).toMatch(/^10 x+$/);
    expect(lines.all[0]).toHaveLength(500);
  });

  it('gathers the lines that come from a moment on, as they may be shown, up to 64 KiB', () => {
    const lines = new LastLines((line) => line.replace('secret', '***'));
    lines.add('before');
    const gathered = lines.gather();
    expect(gathered()).toEqual([]);
    lines.add('a secret');
    expect(gathered()).toEqual(['a ***']);
    for (let i = 0; i < 200; i++) lines.add('x'.repeat(500));
    expect(gathered().length).toBeGreaterThan(120);
    expect(gathered().join('').length).toBeLessThanOrEqual(64 * 1_024);
    expect(lines.all).toHaveLength(20);
  });
});
