import fc from 'fast-check';
import { LineSplitter, longestLine, type ConsoleLine } from '../../src/console/line-splitter.js';

/** Splits bytes that arrive in pieces of these sizes, one after the other. */
function split(bytes: Buffer, sizes: readonly number[], offset = 0): ConsoleLine[] {
  const splitter = new LineSplitter(offset);
  const lines: ConsoleLine[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    splitter.push(Buffer.from(bytes.subarray(at, at + size)), (line) => lines.push(line));
    at += size;
  }
  splitter.flush((line) => lines.push(line));
  return lines;
}

/** Text with many line breaks, and now and then a run that is longer than a line may be. */
const consoleBytes = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)) },
      { weight: 8, arbitrary: fc.constantFrom('\n', '\r\n', '\n\n', '\r').map((text) => Buffer.from(text)) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)) },
      {
        weight: 1,
        arbitrary: fc
          .integer({ min: longestLine - 2, max: 2 * longestLine + 2 })
          .map((size) => Buffer.alloc(size, 0x61)),
      },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));
const sizes = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1_000, max: 100_000 })), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((list) => list.reduce((a, b) => a + b, 0) / list.length > 50);

describe('LineSplitter', () => {
  it('finds the same lines however the bytes are cut', () => {
    fc.assert(fc.property(consoleBytes, sizes, (bytes, pieces) => {
      expect(split(bytes, pieces)).toEqual(split(bytes, [Math.max(1, bytes.length)]));
    }), { numRuns: 60 });
  });

  it('covers every byte, in order, with no gap', () => {
    fc.assert(fc.property(consoleBytes, sizes, fc.nat(10_000), (bytes, pieces, offset) => {
      let at = offset;
      for (const line of split(bytes, pieces, offset)) {
        expect(line.start).toBe(at);
        expect(line.end).toBeGreaterThan(line.start);
        expect(line.end - line.start).toBeLessThanOrEqual(longestLine + 1);
        at = line.end;
      }
      expect(at).toBe(offset + bytes.length);
    }), { numRuns: 60 });
  });

  it('finds the same lines in a second reading that begins at any of them', () => {
    fc.assert(fc.property(consoleBytes, sizes, fc.nat(), (bytes, pieces, pick) => {
      const lines = split(bytes, pieces);
      const from = lines.length === 0 ? 0 : pick % lines.length;
      const start = lines[from]?.start ?? 0;
      expect(split(bytes.subarray(start), pieces, start)).toEqual(lines.slice(from));
    }), { numRuns: 60 });
  });

  it('cuts a line that is too long, and leaves a line alone that is just short enough', () => {
    const texts = (size: number): number[] =>
      split(Buffer.from(`${'x'.repeat(size)}\nend\n`), [1_000]).map(({ text }) => text.length);
    expect(texts(longestLine)).toEqual([longestLine, 3]);
    expect(texts(longestLine + 1)).toEqual([longestLine, 1, 3]);
  });

  it('drops a carriage return before a newline, and reads bytes that are not UTF-8 as U+FFFD', () => {
    expect(split(Buffer.from([0x61, 0x0d, 0x0a, 0xff, 0x0a]), [1]).map(({ text }) => text)).toEqual(['a', '\uFFFD']);
  });
});
