import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SharedLook } from '../../src/ports/shared-look.js';
import { tempDir } from '../temp.js';

describe('SharedLook', () => {
  const dir = tempDir();
  const path = () => join(dir(), 'look.json');

  /** Workers of one box: each look of theirs finds the port that is its number. */
  function workers() {
    let [nowMs, looks] = [5_000, 0];
    const look = () => ({ tcp: new Set([++looks]), udp: new Set<number>(), closing: new Set<number>() });
    const worker = () => new SharedLook(path(), { now: () => nowMs }, look);
    return { worker, seen: () => [...worker().recent().tcp], at: (ms: number) => { nowMs = ms; } };
  }

  it('is made once for all workers of a box within two seconds, and anew after that', () => {
    const { worker, seen, at } = workers();
    expect([seen(), seen()]).toEqual([[1], [1]]);
    at(6_999);
    expect(seen()).toEqual([1]);
    at(7_000);
    expect([seen(), seen()]).toEqual([[2], [2]]);
    worker().fresh();
    expect(seen()).toEqual([3]);
    expect(readdirSync(dir())).toEqual(['look.json']);
  });

  it('does not count if it is from another boot or from the future, cut short, or of another kind', () => {
    const { seen } = workers();
    seen();
    const whole = readFileSync(path(), 'utf8');
    const look = JSON.parse(whole) as { at: number };
    const wrong = [
      JSON.stringify({ ...look, boot: 'another' }),
      JSON.stringify({ ...look, at: 5_001 }),
      JSON.stringify({ ...look, tcp: ['1'] }),
      whole.slice(0, -1),
      '',
      'null',
      '[]',
    ];
    for (const [n, text] of wrong.entries()) {
      writeFileSync(path(), text);
      expect(seen()).toEqual([n + 2]);
    }
  });

  it('is made by each worker for itself where no file can be written', () => {
    const look = new SharedLook(join(dir(), 'none', 'look.json'), { now: () => 0 }, () => ({
      tcp: new Set([1]),
      udp: new Set(),
      closing: new Set(),
    }));
    expect([...look.recent().tcp]).toEqual([1]);
  });
});
