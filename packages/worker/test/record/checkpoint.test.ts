import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint, readEarliest, runStart, writeCheckpoint } from '../../src/record/checkpoint.js';
import { tempDir } from '../temp.js';

describe('the first place from which a run can be read', () => {
  const dir = tempDir();
  const later = { ...runStart, console: 20, isReady: true, cursor: { console: 10, journal: 0 } };
  const paths = (console: string) => {
    const run = dir();
    writeFileSync(join(run, 'console'), console);
    return { checkpoint: join(run, 'checkpoint'), console: join(run, 'console') };
  };

  it('is its start, wherever the checkpoint is, while its whole console is there', () => {
    const of = paths('a line\n');
    writeCheckpoint(of.checkpoint, later, readEarliest(of));
    expect(readEarliest(of)).toEqual(runStart);
    expect(readCheckpoint(of)).toMatchObject(later);
  });

  it('stays where the console was given back, whichever checkpoints follow', () => {
    const of = paths('\0\0\0\0\na line\n');
    writeCheckpoint(of.checkpoint, later, later);
    writeCheckpoint(of.checkpoint, { ...later, console: 40 }, readEarliest(of));
    expect(readEarliest(of)).toEqual(later);
    expect(readCheckpoint(of)).toMatchObject({ ...later, console: 40 });
  });

  it('is the checkpoint of a version that wrote no such place, if it had given something back', () => {
    const of = paths('\0\0\0\0\na line\n');
    writeFileSync(of.checkpoint, JSON.stringify({ ...runStart, console: 20, isReady: true }));
    expect(readEarliest(of)).toMatchObject({ console: 20, isReady: true });
  });
});
