import { editDistance, suggest } from '../../src/commands/suggest.js';

describe('a suggestion for a mistyped name', () => {
  it('counts two swapped letters as one mistake', () => {
    expect(editDistance('bakcup', 'backup')).toBe(1);
  });

  it('is missing if no name is close', () => {
    expect(suggest('zebra', ['backup', 'ports'])).toBeUndefined();
  });
});
