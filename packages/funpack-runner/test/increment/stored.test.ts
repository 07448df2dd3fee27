import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { backedUp, big, sameTree } from '../support/backed-up-world.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';
import { byHand } from '../support/written-backups.js';

const tempDir = tempDirs();

describe('the folder of backups', () => {
  it('keeps the base of an increment for as long as it keeps the increment', async () => {
    const { first, later, at, folder } = await backedUp(await tempDir());
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
    const { later, folder } = await backedUp(await tempDir());
    const left = ['.999999999.part', 's1.5.manifest.gz', 's1.5.note.json', 's1.5.note.json.9.tmp'];
    for (const name of left) writeFileSync(join(folder, name), 'half');
    await later({ isForced: true });
    for (const name of left) expect(readdirSync(folder)).not.toContain(name);
  });

  it('keeps the manifest that another runner is about to give an archive', async () => {
    const { later, folder } = await backedUp(await tempDir());
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
    const { later, at, folder, workingDir, dir } = await backedUp(await tempDir());
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
    const { first, later, at, folder, workingDir, dir } = await backedUp(await tempDir());
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
    let now = Date.now() + 3_600_000;
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
