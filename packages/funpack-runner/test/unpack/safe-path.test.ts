import { isInnerLink, safeParts } from '../../src/unpack/safe-path.js';
import { failsWith } from '../support/work.js';

describe('safeParts', () => {
  it.each([
    ['a/b', ['a', 'b']],
    ['./a//b/', ['a', 'b']],
    ['.', []],
    ['./', []],
    ['..a/b..', ['..a', 'b..']],
    ['a\\b', ['a\\b']],
  ])('reads %j', (path, parts) => {
    expect(safeParts(path)).toEqual(parts);
  });

  it.each(['/etc/passwd', '../x', 'a/../../x', 'a/..', '..', 'a\0b', '//x'])('refuses %j', (path) => {
    expect(() => safeParts(path)).toThrow(failsWith('unsafe_archive'));
  });
});

describe('isInnerLink', () => {
  it.each([
    ['a', 'b', true], ['a', './b/c', true], ['d/a', '../b', true], ['d/e/a', '../../b', true], ['d/a', '..', true],
    ['a', '..', false], ['a', '../b', false], ['d/a', '../../b', false], ['a', '/etc', false], ['a', '', false],
    // The `..` would climb from wherever b leads.
    ['d/e/a', 'b/..', false], ['d/e/a', '../b/../c', false],
  ])('%s -> %s: %s', (link, target, isInner) => {
    expect(isInnerLink(link.split('/'), target)).toBe(isInner);
  });
});
