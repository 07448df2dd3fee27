import { silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { Notes } from '../../src/run/notes.js';

describe('notes on a disk that is full', () => {
  function notes() {
    const clock = new FakeClock();
    const disk = { isFull: false, consoleOffset: 0 };
    const written: string[] = [];
    const journal = {
      append: (entry: { readonly type: string; readonly at: number }) => {
        if (disk.isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        written.push(`${entry.type} at ${entry.at}`);
        return { entry: { ts: '', ...entry }, start: 0, end: 1 };
      },
      close: () => written.push('closed'),
    };
    const made = new Notes({
      journal,
      clock,
      log: silentLogger,
      consoleOffset: () => disk.consoleOffset,
      onWritten: ({ entry }) => written.push(`told ${entry.type}`),
    });
    return { made, clock, disk, written };
  }

  it('wait in order, and take their place in the console when there is space', async () => {
    const { made, clock, disk, written } = notes();
    made.add('launched', {});
    disk.isFull = true;
    made.add('crashed', {});
    made.add('stopped', {});
    await clock.advance(5_000);
    expect(written).toEqual(['launched at 0', 'told launched']);
    disk.isFull = false;
    disk.consoleOffset = 70;
    await clock.advance(500);
    expect(written.slice(2)).toEqual(['crashed at 70', 'told crashed', 'stopped at 70', 'told stopped']);
    expect(clock.sleeping).toBe(0);
  });

  it('are written before the journal is closed, however long that takes', async () => {
    const { made, clock, disk, written } = notes();
    disk.isFull = true;
    made.add('stopped', {});
    made.finish(() => written.push('finished'));
    await clock.advance(5_000);
    expect(written).toEqual([]);
    disk.isFull = false;
    await clock.advance(500);
    expect(written).toEqual(['stopped at 0', 'told stopped', 'closed', 'finished']);
  });

  it('are given up with the run', async () => {
    const { made, clock, disk, written } = notes();
    disk.isFull = true;
    made.add('stopped', {});
    made.abandon();
    disk.isFull = false;
    await clock.advance(5_000);
    expect([written, clock.sleeping]).toEqual([[], 0]);
  });
});
