import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { earlierLines } from '../../src/console/earlier-lines.js';
import { tempDir } from '../temp.js';

const run = '1700000000000-abcd';

describe('the lines before a place in a console', () => {
  const dir = tempDir();
  const place = (offset: number) =>
    ({ console: join(dir(), 'console'), logDir: join(dir(), 'log'), run, offset });

  it('are whole, and end at the place', () => {
    writeFileSync(place(0).console, 'one\ntwo\nthree\n');
    expect(earlierLines(place(8))).toEqual(['one', 'two']);
  });

  it('are the last ones of a long console, without the rest of a line', () => {
    const line = (n: number): string => `line ${String(n).padStart(5, '0')}`;
    const text = Array.from({ length: 5_000 }, (_, n) => `${line(n)}\n`).join('');
    writeFileSync(place(0).console, text);
    const lines = earlierLines(place(text.length));
    expect([lines.at(-1), lines[0]?.length]).toEqual([line(4_999), line(0).length]);
    expect(lines.length).toBeGreaterThan(1_000);
  });

  it('come from the history if they were given back to the file system', () => {
    mkdirSync(place(0).logDir);
    writeFileSync(place(0).console, Buffer.concat([Buffer.alloc(8), Buffer.from('three\n')]));
    writeFileSync(join(place(0).logDir, `${run}.000000000000.log`), 'one\ntwo\n');
    writeFileSync(join(place(0).logDir, `${run}.000000000008.log`), 'three\n');
    expect(earlierLines(place(8))).toEqual(['one', 'two']);
  });

  it('are none if nothing is left of them', () => {
    expect(earlierLines(place(100))).toEqual([]);
  });
});
