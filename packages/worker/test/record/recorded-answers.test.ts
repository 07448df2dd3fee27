import fc from 'fast-check';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordedAnswers, type Answer } from '../../src/record/recorded-answers.js';
import { inTempDir, tempDir } from '../temp.js';

const answer = (n: number): Answer => ({ ok: true, result: { serverId: 'one', state: 'up', port: n } });

describe('RecordedAnswers', () => {
  const dir = tempDir();
  const path = () => join(dir(), 'deep', 'one.jsonl');

  it('knows across deaths what was taken up and what was answered', () => {
    const answers = new RecordedAnswers(path());
    expect(answers.lookUp('a')).toBe('new');
    answers.accept('a');
    expect(answers.lookUp('a')).toEqual({ hasBegunRun: false });
    answers.answer('a', answer(1));
    answers.accept('b');
    answers.useRun('1700000000000-aaaa');
    const successor = new RecordedAnswers(path());
    expect(successor.lookUp('a')).toEqual(answer(1));
    expect(successor.lookUp('b')).toEqual({ hasBegunRun: true });
    expect(successor.lookUp('c')).toBe('new');
    expect(successor.lastRun).toBe('1700000000000-aaaa');
  });

  it('never goes back to an older run', () => {
    const answers = new RecordedAnswers(path());
    answers.useRun('1700000000001-aaaa');
    answers.useRun('1700000000000-ffff');
    expect(new RecordedAnswers(path()).lastRun).toBe('1700000000001-aaaa');
  });

  it('forgets the oldest, stays short, and keeps what was not answered apart from the runs that came later', () => {
    const answers = new RecordedAnswers(path());
    for (let i = 0; i < 3_000; i++) {
      answers.accept(`c${i}`);
      answers.answer(`c${i}`, answer(i));
      if (i === 2_900) {
        answers.accept('open');
        answers.useRun('1700000000000-aaaa');
      }
    }
    for (const known of [answers, new RecordedAnswers(path())]) {
      expect(known.lookUp('c0')).toBe('new');
      expect(known.lookUp('c2999')).toEqual(answer(2_999));
      expect(known.lookUp('open')).toEqual({ hasBegunRun: true });
      expect(known.lastRun).toBe('1700000000000-aaaa');
    }
    expect(readFileSync(path(), 'utf8').split('\n').length).toBeLessThan(2_500);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('opens to what was whole if it was cut at any byte, and goes on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { minLength: 1, maxLength: 5 }),
        (steps) =>
          inTempDir((folder) => {
            const file = join(folder, 'answers');
            const writer = new RecordedAnswers(file);
            for (const [id, isAnswer] of steps) {
              if (isAnswer) writer.answer(id, answer(1));
              else writer.accept(id);
            }
            const all = readFileSync(file);
            for (let cut = all.length; cut >= 0; cut--) {
              writeFileSync(file, all.subarray(0, cut));
              new RecordedAnswers(file).accept('next');
              const whole = all.toString('utf8', 0, all.lastIndexOf(10, cut - 1) + 1);
              expect(readFileSync(file, 'utf8')).toBe(`${cut === 0 ? '' : whole}{"id":"next"}\n`);
              expect(new RecordedAnswers(file).lookUp('next')).toEqual({ hasBegunRun: false });
            }
          }),
      ),
      { numRuns: 15 },
    );
  });
});
