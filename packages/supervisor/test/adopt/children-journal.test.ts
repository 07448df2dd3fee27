import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, type ProcessIdentity } from '../../src/adopt/process-identity';
import { ChildrenJournal } from '../../src/adopt/children-journal';

describe('a supervisor\'s journal of its children', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'children-'));
    path = join(dir, 'children.json');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const ourselves = (): ProcessIdentity => identify(process.pid) ?? { pid: 0, startTime: '', bootId: '' };

  it('names the children that are still alive, and no process that only has the pid of a dead one', () => {
    const journal = new ChildrenJournal(path);
    const gone = { ...ourselves(), startTime: '1' };
    expect(journal.write([{ name: 'queue', identity: ourselves() }, { name: 'worker-a', identity: gone }])).toBe(true);
    expect(journal.survivors()).toEqual([{ name: 'queue', identity: ourselves() }]);
  });

  it('names no child if it was cut at any byte: a living child connects by itself, and one started beside it ' +
    'leaves', () => {
    const journal = new ChildrenJournal(path);
    journal.write([{ name: 'queue', identity: ourselves() }, { name: 'worker-a', identity: ourselves() }]);
    const whole = readFileSync(path);
    for (let cut = 0; cut < whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      expect(journal.survivors()).toEqual([]);
    }
  });
});
