import fc from 'fast-check';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunJournal, readJournal } from '../../src/record/run-journal.js';
import { LineFile } from '../../src/record/line-file.js';
import { inTempDir, tempDir } from '../temp.js';

describe('LineFile', () => {
  const dir = tempDir();
  const path = () => join(dir(), 'lines');

  it('appends whole lines, and tells where they are', () => {
    const file = new LineFile(path());
    expect(file.append('one')).toEqual({ start: 0, end: 4 });
    expect(file.append('zwölf')).toEqual({ start: 4, end: 11 });
    file.close();
    expect(readFileSync(path(), 'utf8')).toBe('one\nzwölf\n');
  });

  it('cuts off the part of a line that a death left, wherever it was cut', () => {
    const lines = ['a', 'x'.repeat(5_000), '', 'b'.repeat(4_095), 'end'];
    const whole = lines.map((line) => `${line}\n`).join('');
    for (const cut of [0, 1, 2, 3, 4_097, 5_001, 5_002, 5_003, 5_004, 9_099, 9_100, whole.length - 1, whole.length]) {
      writeFileSync(path(), whole.slice(0, cut));
      const file = new LineFile(path());
      const kept = whole.slice(0, cut).lastIndexOf('\n') + 1;
      expect(file.size).toBe(kept);
      file.append('next');
      file.close();
      expect(readFileSync(path(), 'utf8')).toBe(`${whole.slice(0, kept)}next\n`);
    }
  });
});

describe('RunJournal', () => {
  const dir = tempDir();

  it('is read back from any line on, as it was written', () => {
    const journal = new RunJournal(join(dir(), 'journal'));
    const placed = [1, 2, 3].map((at) => journal.append({
      type: 'info',
      ts: 'now',
      at,
      text: 'ü\n',
    }));
    journal.close();
    expect(readJournal(join(dir(), 'journal'))).toEqual(placed);
    expect(readJournal(join(dir(), 'journal'), placed[1]?.start)).toEqual(placed.slice(1));
    expect(readJournal(join(dir(), 'nothing'))).toEqual([]);
  });

  it('opens to the last whole entry if it was cut at any byte', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 4 }), (texts) =>
        inTempDir((folder) => {
          const path = join(folder, 'journal');
          const first = new RunJournal(path);
          const placed = texts.map((text) => first.append({
            type: 'info',
            ts: '',
            at: 0,
            text,
          }));
          first.close();
          for (let cut = readFileSync(path).length; cut >= 0; cut--) {
            truncateSync(path, cut);
            const kept = placed.filter(({ end }) => end <= cut);
            const journal = new RunJournal(path);
            expect(journal.size).toBe(kept.at(-1)?.end ?? 0);
            journal.close();
            expect(readJournal(path)).toEqual(kept);
          }
        }),
      ),
      { numRuns: 20 },
    );
  });

  it('passes over a line that is not an entry', () => {
    const path = join(dir(), 'journal');
    appendFileSync(path, 'nonsense\n[1]\n{"no":"type"}\n{"type":"info","ts":"","at":0}\n');
    expect(readJournal(path).map(({ entry }) => entry.type)).toEqual(['info']);
  });
});
