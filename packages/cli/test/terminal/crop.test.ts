import { cropLine, cropScreen } from '../../src/terminal/crop.js';

describe('a picture on a screen', () => {
  it.each([
    ['short', 10, 'short'],
    ['exactly ten', 11, 'exactly ten'],
    ['too long by far', 8, 'too long'],
    ['├─ worker', 4, '├─ w'],
    ['\u001b[32mrunning\u001b[39m and more', 3, '\u001b[32mrun\u001b[39m'],
    ['a\u001b[31mbc\u001b[39m', 1, 'a\u001b[31m\u001b[39m'],
  ])('is not wrapped: %j in %d columns is %j', (line, columns, expected) => {
    expect(cropLine(line, columns)).toBe(expected);
  });

  it.each([
    [3, ['a', 'b', 'c']], [2, ['a', '… 2 more lines']], [1, ['… 3 more lines']],
  ])('is not scrolled: three lines in %d rows', (rows, expected) => {
    expect(cropScreen(['a', 'b', 'c'], [], { columns: 80, rows })).toEqual(expected);
  });

  it('keeps the notes', () => {
    expect(cropScreen(['a', 'b', 'c'], ['note'], { columns: 80, rows: 3 })).toEqual(['a', '… 2 more lines', 'note']);
  });
});
