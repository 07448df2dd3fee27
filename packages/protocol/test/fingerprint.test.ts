import fc from 'fast-check';
import { Fingerprint } from '../src/index.js';

const of = (...texts: string[]): string =>
  texts.reduce((print, text) => print.update(text), new Fingerprint()).digest();

describe('a fingerprint', () => {
  it('is the same for the same texts, and differs for any others', () => {
    fc.assert(fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      expect(of(...a)).toMatch(/^[0-9a-f]{64}$/);
      expect(of(...a) === of(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }));
  });

  it('knows where one text ends and the next begins', () => {
    expect(of('ab', 'c')).not.toBe(of('a', 'bc'));
  });

  it('is unique among many similar texts', () => {
    const prints = Array.from({ length: 20_000 }, (_, i) => of(`["file${i}",33188,${i},1795250295806.${i}]`));
    expect(new Set(prints).size).toBe(prints.length);
    expect(new Set(prints.map((print) => print.slice(0, 16))).size).toBe(prints.length);
  });
});
