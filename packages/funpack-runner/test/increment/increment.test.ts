import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { ContentHash } from '../../src/pack/content-hash.js';
import type { BackupTask } from '../../src/task/tasks.js';
import { backedUp, big, sameTree } from '../support/backed-up-world.js';
import { diskDir, tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { listing, world } from '../support/worlds.js';
import { byHand, manifestOf } from '../support/written-backups.js';

const tempDir = tempDirs(diskDir());

describe('the first backup', () => {
  it('is full, and its manifest has each path with the SHA-256 of its content', async () => {
    const { first, note, workingDir } = await backedUp(await tempDir());
    const { entries, end } = manifestOf(first.url);
    expect([...entries.keys()].sort()).toEqual(['level.dat', 'map', 'map/r.0', 'map/r.1']);
    for (const path of ['level.dat', 'map/r.0']) {
      const hash = execFileSync('sha256sum', [join(workingDir, path)]).toString().slice(0, 64);
      expect(entries.get(path)).toMatchObject({ t: 'f', h: hash, s: statSync(join(workingDir, path)).size });
    }
    const counted = { kind: 'full', files: 3, bytes: 600_005 };
    expect(end).toMatchObject({ ...counted, archive: first.url.split('/').at(-1) });
    expect(note(first.url)).toMatchObject({ ...counted, sha256: first.sha256, size: first.size });
    expect(first).toMatchObject({ kind: 'full' });
  });
});

describe('a world that has not changed', () => {
  it('costs no archive: the newest backup counts as new as the look', async () => {
    const { first, later, folder, note, from } = await backedUp(await tempDir());
    const before = readdirSync(folder).sort();
    const result = await later();
    expect(result).toEqual({ ...first, isUnchanged: true });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(note(first.url)?.unchangedAt).toBe(from + 15 * 60_000);
  });

  it('is not read where the kernel says that nobody touched it', async () => {
    const { later, at } = await backedUp(await tempDir());
    const hashed = jest.spyOn(ContentHash.prototype, 'add');
    await later();
    expect(hashed).not.toHaveBeenCalled();
    chmodSync(at('map/r.0'), statSync(at('map/r.0')).mode); // a new ctime, and nothing else
    expect(await later()).toMatchObject({ isUnchanged: true });
    expect(hashed).toHaveBeenCalled();
    hashed.mockRestore();
  });

  it('is read where it was written to within a minute before the last look, and not after that', async () => {
    const made = await world(await tempDir(), { a: big });
    const changedAt = statSync(join(made.workingDir, 'a')).ctimeMs;
    const lookAt = (ms: number) => backUp(made.task, testWork({ wallNow: () => changedAt + ms }));
    await lookAt(55_000);
    const hashed = jest.spyOn(ContentHash.prototype, 'add');
    expect(await lookAt(3_600_000)).toMatchObject({ isUnchanged: true });
    expect(hashed).toHaveBeenCalled();
    hashed.mockClear();
    expect(await lookAt(7_200_000)).toMatchObject({ isUnchanged: true });
    expect(hashed).not.toHaveBeenCalled();
    hashed.mockRestore();
  });

  it('is the one of an increment too, for as long as that is the newest', async () => {
    const { later, at } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), '!');
    const increment = await later();
    expect(await later()).toEqual({ ...increment, isUnchanged: true });
  });

  it('still costs none when the full backup is old', async () => {
    const { first, later } = await backedUp(await tempDir());
    expect(await later({}, 3 * 24 * 60)).toEqual({ ...first, isUnchanged: true });
  });
});

describe('an increment', () => {
  it('holds what has changed since the full backup, and names it', async () => {
    const { first, later, at, folder, note, workingDir, dir } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), ' 2');
    writeFileSync(at('map/r.2'), 'new');
    const increment = await later();
    expect(increment.url).toMatch(/\/s1\.\d+\.incremental\.tar\.lzo$/);
    const base = first.url.split('/').at(-1);
    expect(increment).toMatchObject({ kind: 'incremental', base, files: 4 });
    expect(listing(increment.url)).toEqual(['level.dat', 'map/', 'map/r.2']);
    expect(note(increment.url)).toMatchObject({ kind: 'incremental', base, files: 4, bytes: 600_010 });
    expect(manifestOf(increment.url).end.base).toEqual({ archive: base, sha256: first.sha256 });
    expect(statSync(join(folder, '.bases', base ?? '')).ino).toBe(statSync(fileURLToPath(first.url)).ino);
    sameTree(workingDir, await byHand(increment.url, join(dir, 'by-hand')));
  });

  it('is one against the full backup, never against another increment', async () => {
    const { first, later, at, workingDir, dir } = await backedUp(await tempDir());
    for (const [step, path] of ['level.dat', 'map/r.2', 'map/r.3'].entries()) {
      appendFileSync(at(path), `${step}`);
      const increment = await later();
      expect(increment.base).toBe(first.url.split('/').at(-1));
      sameTree(workingDir, await byHand(increment.url, join(dir, `by-hand-${step}`)));
    }
  });

  it('knows what was removed, renamed, linked, and what changed its rights or its time only', async () => {
    const { later, at, workingDir, dir } = await backedUp(await tempDir(), {
      gone: 'x',
      'old/name': big,
      exe: '',
      twin: 'two',
    });
    rmSync(at('gone'));
    renameSync(at('old/name'), at('old/other'));
    symlinkSync('map/r.0', at('link'));
    linkSync(at('twin'), at('twin-2'));
    chmodSync(at('exe'), 0o755);
    utimesSync(at('map/r.1'), 1_600_000_000, 1_600_000_000);
    const increment = await later();
    expect(listing(increment.url)).toEqual(['link', 'map/', 'old/', 'old/other', 'twin-2']);
    const byHandDir = await byHand(increment.url, join(dir, 'by-hand'));
    sameTree(workingDir, byHandDir);
    expect(statSync(join(byHandDir, 'exe')).mode & 0o777).toBe(0o755);
    expect(statSync(join(byHandDir, 'map/r.1')).mtimeMs).toBe(1_600_000_000_000);
    expect(statSync(join(byHandDir, 'twin')).ino).toBe(statSync(join(byHandDir, 'twin-2')).ino);
  });

  it('is written for a removal alone', async () => {
    const { later, at } = await backedUp(await tempDir(), { gone: 'x' });
    rmSync(at('gone'));
    const increment = await later();
    expect(increment).toMatchObject({ kind: 'incremental', files: 3 });
    expect(manifestOf(increment.url).entries.has('gone')).toBe(false);
  });

  it('brings content back to the base where the world has it again', async () => {
    const { later, at, first } = await backedUp(await tempDir());
    appendFileSync(at('map/r.0'), '!');
    await later();
    truncateSync(at('map/r.0'), big.length);
    const increment = await later();
    expect(increment.base).toBe(first.url.split('/').at(-1));
    expect(manifestOf(increment.url).entries.get('map/r.0')).toMatchObject({ s: big.length });
  });
});

describe('a full backup', () => {
  it.each<[string, Partial<BackupTask>, number]>([
    ['is the only kind that is wanted', { incremental: false }, 15],
    ['is due by age', {}, 25 * 60],
    ['is due by a shorter age', { fullEveryMs: 60_000 }, 15],
    ['is forced', { isForced: true }, 15],
    ['is the last one of a stop', { isFinal: true }, 15],
  ])('comes where it %s', async (_why, more, minutes) => {
    const { later, at } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), '!');
    expect(await later(more, minutes)).toMatchObject({ kind: 'full' });
  });

  it('comes where more than half of the world has changed', async () => {
    const { later, at } = await backedUp(await tempDir());
    for (const path of ['map/r.0', 'map/r.1']) writeFileSync(at(path), Buffer.alloc(big.length, path));
    expect(await later()).toMatchObject({ kind: 'full' });
  });

  it.each<[string, (folder: string, base: string) => void]>([
    ['lacks its manifest', (folder, base) => rmSync(join(folder, base.replace('.tar.lzo', '.manifest.gz')))],
    ['has a manifest that was cut off', (folder, base) => {
      const path = join(folder, base.replace('.tar.lzo', '.manifest.gz'));
      truncateSync(path, statSync(path).size - 20);
    }],
    ['lacks its note, as one of an older version', (folder, base) =>
      rmSync(join(folder, base.replace('.tar.lzo', '.note.json')))],
    ['was cut off', (folder, base) => truncateSync(join(folder, base), 100)],
    ['was found damaged', (folder, base) => {
      const path = join(folder, base.replace('.tar.lzo', '.note.json'));
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), problem: 'damaged' }));
    }],
  ])('comes where the one before %s', async (_what, spoil) => {
    const { first, later, folder } = await backedUp(await tempDir());
    spoil(folder, first.url.split('/').at(-1) ?? '');
    expect(await later()).toMatchObject({ kind: 'full' });
  });

  it('comes where the base of the newest increment is gone', async () => {
    const { first, later, at } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), '!');
    await later();
    rmSync(fileURLToPath(first.url));
    expect(await later()).toMatchObject({ kind: 'full' });
  });

  it('is the last one of a stop even where only an increment has this world', async () => {
    const { later, at } = await backedUp(await tempDir());
    appendFileSync(at('level.dat'), '!');
    await later();
    expect(await later({ isFinal: true })).toMatchObject({ kind: 'full' });
    expect(await later({ isFinal: true })).toMatchObject({ kind: 'full', isUnchanged: true });
  });
});
