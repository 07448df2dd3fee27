import { readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchSlots } from '../../src/admission/launch-slots.js';
import { tempDir } from '../temp.js';

const dead = JSON.stringify({ pid: process.pid, startTime: '1', bootId: 'another boot' });

describe('the slots for launches', () => {
  const dir = tempDir();
  const launches = () => join(dir(), 'launches');
  const of = (id: string) => new LaunchSlots(launches(), id);

  it('are as many as that, and one is given back', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(of) as [LaunchSlots, LaunchSlots, LaunchSlots];
    expect([a.take(2), b.take(2), c.take(2), a.take(2)]).toEqual([true, true, false, true]);
    a.release();
    expect([a.hasSlot, c.take(2)]).toEqual([false, true]);
    a.release(); // has none any more: that of c stays
    expect(of('d').take(2)).toBe(false);
    expect(readdirSync(launches()).toSorted()).toEqual(['slot.0', 'slot.1']);
  });

  it('of dead processes are free again', () => {
    mkdirSync(launches());
    for (const n of [0, 1]) writeFileSync(join(launches(), `slot.${n}`), dead);
    expect([of('a').take(2), of('b').take(2), of('c').take(2)]).toEqual([true, true, false]);
    expect(readdirSync(launches()).toSorted()).toEqual(['slot.0', 'slot.1']);
  });

  it('lose the marks of workers that were killed while they took one', () => {
    mkdirSync(launches());
    writeFileSync(join(launches(), '.gone.1'), dead);
    expect(of('a').take(1)).toBe(true);
    expect(readdirSync(launches())).toEqual(['slot.0']);
  });

  it('are free again, and so is the line, if a power cut has left empty files', () => {
    mkdirSync(join(launches(), 'waiting'), { recursive: true });
    for (const name of ['slot.0', '.gone.999999999', 'waiting/0.0.x']) writeFileSync(join(launches(), name), '');
    const a = of('a');
    a.stand('1.1');
    expect([a.place, a.take(1)]).toEqual([{ at: 1, of: 1 }, true]);
    a.leave();
    expect(readdirSync(launches()).toSorted()).toEqual(['slot.0', 'waiting']);
  });

  it('keep the mark that a living process is about to write', () => {
    mkdirSync(launches());
    writeFileSync(join(launches(), `.b.${process.pid}`), '');
    expect(of('a').take(1)).toBe(true);
    expect(readdirSync(launches()).toSorted()).toEqual([`.b.${process.pid}`, 'slot.0']);
  });

  it('have a line before them, in order, without the dead', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(of) as [LaunchSlots, LaunchSlots, LaunchSlots];
    expect(a.isFree).toBe(true);
    a.stand('3.1');
    b.stand('1.2');
    c.stand('3.0');
    writeFileSync(join(launches(), 'waiting', '0.0.x'), dead);
    expect([b.place, c.place, a.place]).toEqual([{ at: 1, of: 3 }, { at: 2, of: 3 }, { at: 3, of: 3 }]);
    b.leave();
    expect(c.place).toEqual({ at: 1, of: 2 });
    expect(a.isFree).toBe(false);
    a.leave();
    c.leave();
    expect(readdirSync(join(launches(), 'waiting'))).toEqual([]);
  });
});
