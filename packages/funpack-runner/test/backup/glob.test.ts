import { matcherOf } from '../../src/backup/glob.js';
import { bytesOf } from '../../src/kernel/open-folder.js';

describe('matcherOf', () => {
  it.each([
    ['*.log', 'x.log', true],
    ['*.log', 'a/b/x.log', true],
    ['*.log', 'x.log.gz', false],
    ['cache', 'a/cache', true],
    ['cache', 'cache2', false],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['/a', 'a', true],
    ['/a', 'b/a', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**', 'a/b/c', true],
    ['logs/', 'logs', true],
    ['logs/', 'x/logs', true],
    ['?.txt', 'a.txt', true],
    ['?.txt', 'ab.txt', false],
    ['?.txt', 'ä.txt', true],
    ['?ö?', '名ö前', true],
    ['größe*', 'größer', true],
    ['a.b', 'axb', false],
    ['(x)+[y]', '(x)+[y]', true],
  ])('%s and %s: %s', (pattern, path, isMatch) => {
    expect(matcherOf([pattern])(bytesOf(path))).toBe(isMatch);
  });

  it('takes a byte that is no UTF-8 for one character', () => {
    expect(matcherOf(['?.txt'])('\xff.txt')).toBe(true);
  });

  it('matches nothing without patterns', () => {
    expect(matcherOf([])('a')).toBe(false);
  });
});
