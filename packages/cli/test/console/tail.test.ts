import fc from 'fast-check';
import { readTail } from '../../src/console/tail.js';
import { ConsoleFiles } from './console-files.js';

describe('the last lines of a console', () => {
  let files: ConsoleFiles;
  beforeEach(() => { files = new ConsoleFiles(); });
  afterEach(() => files.remove());

  const tail = async (lines: number): Promise<string> =>
    Buffer.concat([...(await readTail(files, files.id, lines)).chunks]).toString('latin1');

  it('are empty if there is no console', async () => {
    expect(await readTail(files, files.id, 10)).toEqual({
      chunks: [],
      position: { run: undefined, offset: 0 },
    });
  });

  it('span the history, the live file, and earlier runs, in order', async () => {
    files.say('r1', 'one\ntwo\n');
    files.archive('r1', 0, 'one\ntwo\n');
    files.removeRun('r1');
    files.say('r2', 'three\nfour\nfive\n');
    files.archive('r2', 0, 'three\n');
    files.archive('r2', 6, 'four\n');
    files.say('r2', 'six');
    expect(await tail(100)).toBe('one\ntwo\nthree\nfour\nfive\nsix');
    expect(await tail(2)).toBe('five\nsix');
    expect(await tail(4)).toBe('three\nfour\nfive\nsix');
    expect((await readTail(files, files.id, 1)).position).toEqual({ run: 'r2', offset: 19 });
  });

  it('outlive a stop, and go on with the next life of the server', async () => {
    files.say('r1', 'one\ntwo\n');
    files.archive('r1', 0, 'one\ntwo\n');
    files.stop();
    expect(await tail(1)).toBe('two\n');
    files.say('r2', 'three\n');
    expect(await tail(2)).toBe('two\nthree\n');
  });

  it('are read backwards, across a line that is longer than a chunk', async () => {
    const long = 'x'.repeat(200_000);
    files.say('r1', `before\n${long}\nafter\n`);
    expect(await tail(2)).toBe(`${long}\nafter\n`);
  });

  it('are the bytes that the game wrote, valid or not', async () => {
    files.say('r1', Buffer.from([0xff, 0x00, 0x0a, 0xc3, 0x0a]));
    expect(await tail(10)).toBe('\u00ff\u0000\n\u00c3\n');
  });

  it('are those of the whole text, however it was cut into segments', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 12 }),
        fc.nat(20),
        fc.integer({ min: 1, max: 14 }),
        async (lines, cut, count) => {
          const own = new ConsoleFiles();
          try {
            const text = `${lines.join('\n')}\n`;
            own.say('r1', text);
            if (cut > 0 && cut < text.length) own.archive('r1', 0, text.slice(0, cut));
            const read = Buffer.concat([...(await readTail(own, own.id, count)).chunks]).toString();
            expect(read).toBe(`${lines.slice(-count).join('\n')}\n`);
          } finally {
            own.remove();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
