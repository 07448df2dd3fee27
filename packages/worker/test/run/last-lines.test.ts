import { LastLines } from '../../src/run/last-lines.js';

describe('LastLines', () => {
  it('keeps twenty lines of five hundred characters', () => {
    const lines = new LastLines();
    for (let i = 0; i < 30; i++) lines.add(`${i} ${'x'.repeat(1_000)}`);
    expect(lines.all).toHaveLength(20);
    expect(lines.all[0]).toMatch(/^10 x+$/);
    expect(lines.all[0]).toHaveLength(500);
  });
});
