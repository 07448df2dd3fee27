import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
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
import { readNote } from '../../src/catalogue/backup-note.js';
import { ContentHash } from '../../src/pack/content-hash.js';
import type { BackupTask } from '../../src/task/tasks.js';
import { byHand, manifestOf } from '../support/written-backups.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { listing, world } from '../support/worlds.js';

const tempDir = tempDirs();
const big = Buffer.alloc(300_000, 'a world of some size ');

/** A world that was backed up once, a minute after its files were written, as far as the runner knows. */
async function backedUp(files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const made = await world(await tempDir(), { 'map/r.0': big, 'map/r.1': big, 'level.dat': 'level', ...files });
  const from = Date.now() + 60_000;
  let now = from;
  const run = (more: Partial<BackupTask> = {}) => backUp({ ...made.task, ...more }, testWork({ wallNow: () => now }));
  const first = await run();
  const later = (more?: Partial<BackupTask>, minutes = 15) => {
    now += minutes * 60_000;
    return run(more);
  };
  const at = (path: string): string => join(made.workingDir, path);
  const folder = join(made.task.backupsDir, 'worlds', 's1');
  const seconds = (url: string): number => Number(/\.(\d+)\./.exec(url)?.[1]);
  const note = (url: string) => readNote(made.task.backupsDir, 's1', seconds(url));
  return { ...made, first, later, at, folder, note, from, seconds };
}

const sameTree = (a: string, b: string): void => void execFileSync('diff', ['-r', '--no-dereference', a, b]);

describe('the first backup', () => {
  it('is full, and its manifest has each path with the SHA-256 of its content', async () => {
    const { first, note, workingDir } = await backedUp();
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
    const { first, later, folder, note, from } = await backedUp();
    const before = readdirSync(folder).sort();
    const result = await later();
    expect(result).toEqual({ ...first, isUnchanged: true });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(note(first.url)?.unchangedAt).toBe(from + 15 * 60_000);
  });

  it('is not read where the kernel says that nobody touched it', async () => {
    const { later, at } = await backedUp();
    const hashed = jest.spyOn(ContentHash.prototype, 'add');
    await later();
    expect(hashed).not.toHaveBeenCalled();
    chmodSync(at('map/r.0'), statSync(at('map/r.0')).mode); // a new ctime, and nothing else
    expect(await later()).toMatchObject({ isUnchanged: true });
    expect(hashed).toHaveBeenCalled();
    hashed.mockRestore();
  });

  it('is read where it was written to shortly before the last backup, or during it', async () => {
    const made = await world(await tempDir(), { a: big });
    const changedAt = statSync(join(made.workingDir, 'a')).ctimeMs;
    const work = testWork({ wallNow: () => changedAt + 5 });
    await backUp(made.task, work);
    const hashed = jest.spyOn(ContentHash.prototype, 'add');
    await backUp(made.task, work);
    expect(hashed).toHaveBeenCalled();
    hashed.mockRestore();
  });

  it('is the one of an increment too, for as long as that is the newest', async () => {
    const { later, at } = await backedUp();
    appendFileSync(at('level.dat'), '!');
    const increment = await later();
    expect(await later()).toEqual({ ...increment, isUnchanged: true });
  });

  it('still costs none when the full backup is old', async () => {
    const { first, later } = await backedUp();
    expect(await later({}, 3 * 24 * 60)).toEqual({ ...first, isUnchanged: true });
  });
});

describe('an increment', () => {
  it('holds what has changed since the full backup, and names it', async () => {
    const { first, later, at, folder, note, workingDir, dir } = await backedUp();
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
    const { first, later, at, workingDir, dir } = await backedUp();
    for (const [step, path] of ['level.dat', 'map/r.2', 'map/r.3'].entries()) {
      appendFileSync(at(path), `${step}`);
      const increment = await later();
      expect(increment.base).toBe(first.url.split('/').at(-1));
      sameTree(workingDir, await byHand(increment.url, join(dir, `by-hand-${step}`)));
    }
  });

  it('knows what was removed, renamed, linked, and what changed its rights or its time only', async () => {
    const { later, at, workingDir, dir } = await backedUp({ gone: 'x', 'old/name': big, exe: '', twin: 'two' });
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
    const { later, at } = await backedUp({ gone: 'x' });
    rmSync(at('gone'));
    const increment = await later();
    expect(increment).toMatchObject({ kind: 'incremental', files: 3 });
    expect(manifestOf(increment.url).entries.has('gone')).toBe(false);
  });

  it('brings content back to the base where the world has it again', async () => {
    const { later, at, first } = await backedUp();
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
    const { later, at } = await backedUp();
    appendFileSync(at('level.dat'), '!');
    expect(await later(more, minutes)).toMatchObject({ kind: 'full' });
  });

  it('comes where more than half of the world has changed', async () => {
    const { later, at } = await backedUp();
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
    const { first, later, folder } = await backedUp();
    spoil(folder, first.url.split('/').at(-1) ?? '');
    expect(await later()).toMatchObject({ kind: 'full' });
  });

  it('comes where the base of the newest increment is gone', async () => {
    const { first, later, at } = await backedUp();
    appendFileSync(at('level.dat'), '!');
    await later();
    rmSync(fileURLToPath(first.url));
    expect(await later()).toMatchObject({ kind: 'full' });
  });

  it('is the last one of a stop even where only an increment has this world', async () => {
    const { later, at } = await backedUp();
    appendFileSync(at('level.dat'), '!');
    await later();
    expect(await later({ isFinal: true })).toMatchObject({ kind: 'full' });
    expect(await later({ isFinal: true })).toMatchObject({ kind: 'full', isUnchanged: true });
  });
});

describe('the folder of backups', () => {
  it('keeps the base of an increment for as long as it keeps the increment', async () => {
    const { first, later, at, folder } = await backedUp();
    const base = first.url.split('/').at(-1) ?? '';
    appendFileSync(at('level.dat'), '!');
    const increment = await later();
    await later({ isForced: true, keep: 2 });
    expect(existsSync(fileURLToPath(first.url))).toBe(true);
    expect(existsSync(join(folder, '.bases', base))).toBe(true);
    await later({ isForced: true, keep: 2 });
    for (const { url } of [first, increment]) expect(existsSync(fileURLToPath(url))).toBe(false);
    expect(readdirSync(join(folder, '.bases'))).toEqual([]);
  });

  it('loses what a killed runner left: parts, manifests and notes without their archive', async () => {
    const { later, folder } = await backedUp();
    const left = ['.999999999.part', 's1.5.manifest.gz', 's1.5.note.json', 's1.5.note.json.9.tmp'];
    for (const name of left) writeFileSync(join(folder, name), 'half');
    await later({ isForced: true });
    for (const name of left) expect(readdirSync(folder)).not.toContain(name);
  });

  it('keeps the manifest that another runner is about to give an archive', async () => {
    const { later, folder } = await backedUp();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `.${process.ppid}.part`), '');
    writeFileSync(join(folder, 's1.5.manifest.gz'), 'soon');
    await later({ isForced: true });
    expect(readdirSync(folder)).toContain('s1.5.manifest.gz');
    rmSync(join(folder, `.${process.ppid}.part`));
  });
});

/** The version before increments: the backups that it knows, oldest first, and how it removes the oldest ones. */
const before = {
  list: (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => /^s1\.\d{1,15}\.tar\.lzo$/.test(name))
      .sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1])),
  prune: (folder: string, keep: number): void => {
    for (const name of before.list(folder).slice(0, -keep)) rmSync(join(folder, name));
  },
};

describe('the version before', () => {
  it('finds the world as a stop left it, although an increment had it first', async () => {
    const { later, at, folder, workingDir, dir } = await backedUp();
    appendFileSync(at('level.dat'), 'the last words');
    expect(await later()).toMatchObject({ kind: 'incremental' });
    await later({ isFinal: true });
    const newest = before.list(folder).at(-1) ?? '';
    const into = join(dir, 'by-the-one-before');
    mkdirSync(into);
    execFileSync('bash', ['-c', 'lzop -dc "$0" | tar x -C "$1"', join(folder, newest), into]);
    sameTree(workingDir, into);
  });

  it('removes no base by its name: the increment can still be put together', async () => {
    const { first, later, at, folder, workingDir, dir } = await backedUp();
    appendFileSync(at('level.dat'), '!');
    const increment = await later();
    writeFileSync(join(folder, `s1.${Math.floor(Date.now() / 1000) + 900_000}.tar.lzo`), 'of the version before');
    before.prune(folder, 1);
    expect(existsSync(fileURLToPath(first.url))).toBe(false);
    sameTree(workingDir, await byHand(increment.url, join(dir, 'by-hand')));
  });
});

describe('another format', () => {
  it.each(['zst', 'gz'] as const)('is written as %s, and read by GNU tar, also as an increment', async (format) => {
    const made = await world(await tempDir(), { 'map/r.0': big, 'level.dat': 'level' });
    let now = Date.now() + 60_000;
    const run = () => backUp({ ...made.task, format }, testWork({ wallNow: () => (now += 60_000) }));
    const full = await run();
    expect(full.url).toMatch(new RegExp(`\\d\\.tar\\.${format}$`));
    sameTree(made.workingDir, await byHand(full.url, join(made.dir, 'full')));
    appendFileSync(join(made.workingDir, 'level.dat'), '!');
    const increment = await run();
    expect(increment.url).toMatch(new RegExp(`\\.incremental\\.tar\\.${format}$`));
    sameTree(made.workingDir, await byHand(increment.url, join(made.dir, 'increment')));
  });
});
