import { spawnSync } from 'node:child_process';
import { findLastWords } from '../src/last-words';

describe('the last words of a program', () => {
  it('are those that it said, with code and remedy', () => {
    const said = { event: 'program.failed', code: 'bad_option', because: 'junk in it', remedy: 'remove it' };
    const output = `${JSON.stringify({ event: 'queue.started' })}\n${JSON.stringify(said)}\nlate\n`;
    expect(findLastWords(output)).toEqual({ code: 'bad_option', message: 'junk in it', remedy: 'remove it' });
  });

  it.each([
    ['throws', 'throw new TypeError("no such thing")', 'TypeError: no such thing'],
    ['does not parse', 'const = 1', /^SyntaxError: /],
    ['lacks a module', 'require("./gone.js")', /^Error: Cannot find module '.\/gone.js'/],
    ['rejects', 'Promise.reject(new Error("late"))', 'Error: late'],
    ['prints', 'console.error("cannot go on"); process.exit(1)', 'cannot go on'],
  ])('are what Node prints of one that %s', (_, code, message) => {
    const { stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
    expect(findLastWords(stderr)?.message).toMatch(message);
  });

  it('are absent where it said nothing but records of its log', () => {
    expect(findLastWords('{"event":"queue.started"}\n')).toBeUndefined();
    expect(findLastWords('')).toBeUndefined();
  });
});
