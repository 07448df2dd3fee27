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

  it('name the want of threads, for which Node aborts with a stack of its own', () => {
    const output = [
      'node[77]: std::unique_ptr<long unsigned int> node::WorkerThreadsTaskRunner::DelayedTaskScheduler::Start() at ' +
        '../src/node_platform.cc:68',
      'Assertion failed: (0) == (uv_thread_create(t.get(), start_thread, this))',
      '',
      '----- Native stack trace -----',
      '',
      ' 1: 0xc3c4a5 node::Assert(node::AssertionInfo const&) [node]',
    ].join('\n');
    expect(findLastWords(output)).toMatchObject({ code: 'no_processes', message: expect.stringContaining('EAGAIN') });
    expect(findLastWords(output.replace(/^Assertion.*$/m, 'Assertion failed: another'))?.message).toContain('another');
  });

  it('are absent where it said nothing but records of its log', () => {
    expect(findLastWords('{"event":"queue.started"}\n')).toBeUndefined();
    expect(findLastWords('')).toBeUndefined();
  });
});
