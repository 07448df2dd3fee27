import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@pinky/protocol/testing';
import { PacedJournal } from '../../src/adopt/paced-journal';

/** A clock that a piece of work can move on. */
class WorkClock extends FakeClock {
  workedMs = 0;

  override now(): number {
    return super.now() + this.workedMs;
  }
}

describe('the journal of many children', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'children-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const turn = (): Promise<void> => new Promise((done) => { setImmediate(done); });

  /** A journal that takes `writeMs` to write. */
  function begin(writeMs: number, path = join(dir, 'children.json')) {
    const clock = new WorkClock();
    const children: string[] = [];
    const unwritten: number[] = [];
    let writes = 0;
    const entries = () => {
      writes += 1;
      clock.workedMs += writeMs;
      return children.map((name) => ({ name, identity: { pid: 1, startTime: '1', bootId: '' } }));
    };
    const journal = new PacedJournal({ path, clock, entries, onUnwritten: (count) => unwritten.push(count) });
    const add = (...names: string[]) => {
      for (const name of names) {
        children.push(name);
        journal.changed();
      }
    };
    const written = () => (JSON.parse(readFileSync(path, 'utf8')) as { name: string }[]).map(({ name }) => name);
    return { clock, journal, add, written, unwritten, writes: () => writes };
  }

  it('is written in the turn after a change, once for all changes of a turn', async () => {
    const { add, written, writes } = begin(1);
    add('queue', 'worker-a');
    await turn();
    expect([written(), writes()]).toEqual([['queue', 'worker-a'], 1]);
  });

  it('is written again after a pause as long as twenty writings, with everything that came meanwhile', async () => {
    const { clock, add, written, writes } = begin(1);
    add('a');
    await turn();
    for (const name of ['b', 'c', 'd']) {
      add(name);
      await turn();
    }
    await clock.advance(19);
    expect([written(), writes()]).toEqual([['a'], 1]);
    await clock.advance(1);
    expect([written(), writes()]).toEqual([['a', 'b', 'c', 'd'], 2]);
    await clock.advance(1_000);
    expect(writes()).toBe(2);
  });

  it('is written when it is closed, and never again', async () => {
    const { clock, journal, add, written, writes } = begin(1);
    add('a');
    await turn();
    add('b');
    journal.close();
    add('c');
    await clock.advance(1_000);
    expect([written(), writes()]).toEqual([['a', 'b'], 2]);
  });

  it('says so if it could not be written', async () => {
    const { add, unwritten } = begin(0, join(dir, 'none', 'children.json'));
    add('a', 'b');
    await turn();
    expect(unwritten).toEqual([2]);
  });
});
