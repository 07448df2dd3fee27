import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { ContentHash } from '../../src/pack/content-hash.js';
import { backedUp, sameTree } from '../support/backed-up-world.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { byHand } from '../support/written-backups.js';

const tempDir = tempDirs();
const add = Reflect.get(ContentHash.prototype, 'add') as (this: ContentHash, bytes: Uint8Array) => void;

/** Does something once, while the next backup reads a large file. */
function whileReading(act: () => void): void {
  jest.spyOn(ContentHash.prototype, 'add').mockImplementationOnce(function (this: ContentHash, bytes) {
    act();
    add.call(this, bytes);
  });
}
afterEach(() => jest.restoreAllMocks());

describe('a backup', () => {
  it('is a full one where the newest one, which holds this world, was removed while it looked', async () => {
    const { first, later, at, folder, workingDir, dir } = await backedUp(await tempDir());
    chmodSync(at('map/r.0'), 0o600); // so it is read
    chmodSync(at('map/r.0'), 0o644);
    whileReading(() => {
      for (const name of readdirSync(folder).filter((each) => each.startsWith('s1.') && !each.includes('tmp')))
        if (name.includes(first.url.split('.').at(-3) ?? '')) rmSync(join(folder, name));
    });
    const result = await later();
    expect(result).toMatchObject({ kind: 'full', files: 3 });
    expect(result).not.toHaveProperty('isUnchanged');
    sameTree(workingDir, await byHand(result.url, join(dir, 'by-hand')));
  });

  it('is a full one where the base was removed while an increment was written', async () => {
    const { first, later, at, workingDir, dir } = await backedUp(await tempDir());
    chmodSync(at('map/r.0'), 0o600);
    chmodSync(at('map/r.0'), 0o644);
    appendFileSync(at('level.dat'), '!');
    whileReading(() => rmSync(fileURLToPath(first.url)));
    const result = await later();
    expect(result).toMatchObject({ kind: 'full' });
    sameTree(workingDir, await byHand(result.url, join(dir, 'by-hand')));
  });

  it('is answered although what is no longer to be kept cannot be removed', async () => {
    const { at, task, from } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), '!');
    const memory = join(task.backupsDir, 'worlds', '.retention.json');
    rmSync(memory, { force: true });
    mkdirSync(memory); // writing it fails
    const day = 24 * 3_600_000;
    const rule = {
      allMs: day,
      newest: 1,
      hourlyMs: 0,
      dailyMs: 0,
      weeklyMs: 0,
      monthlyMs: 0,
    };
    const { keep: _, ...rest } = task;
    const result = await backUp({ ...rest, retention: rule }, testWork({ wallNow: () => from + day }));
    expect(existsSync(fileURLToPath(result.url))).toBe(true);
  });
});
