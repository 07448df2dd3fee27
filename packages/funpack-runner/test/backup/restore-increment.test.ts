import { chmodSync, lstatSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { restore } from '../../src/backup/restore.js';
import { backupDir } from '../../src/catalogue/backup-names.js';
import { httpServer } from '../support/http-server.js';
import { makeBackup, manifestOf, type MadeBackup, type Piece } from '../support/made-backups.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const mtimeNs = 1_600_000_000_123_456_789n;
const full: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o755 },
  { path: 'world/gone', content: 'deleted later' },
  { path: 'world/kept', content: 'kept', mode: 0o644 },
  { path: 'world/map', content: 'map one' },
  { path: 'world/old', type: 'directory', mode: 0o755 },
  { path: 'world/old/file', content: 'deleted with its folder' },
  { path: 'world/turned', content: 'a file that becomes a folder' },
];
const later: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o555 },
  { path: 'world/kept', content: 'kept', mode: 0o640, mtimeNs, inBase: true },
  { path: 'world/map', content: 'map two' },
  { path: 'world/name', type: 'hardlink', linkname: 'world/kept' },
  { path: 'world/link', type: 'symlink', linkname: 'map' },
  { path: 'world/turned', type: 'directory', mode: 0o755 },
  { path: 'world/turned/file', content: '' },
];

async function backups() {
  const dir = await tempDir();
  const into = join(dir, 's1', 'working');
  await writeFiles(into, { 'world/map': 'present world' });
  const base = makeBackup(dir, full, { seconds: 100 });
  const increment = makeBackup(dir, later, { seconds: 200, base });
  const task = (url: string) => ({
    type: 'restore' as const,
    source: { url },
    into,
    backupsDir: dir,
    limits: roomy,
    allowedHosts: [],
  });
  return { dir, into, base, increment, task, folder: backupDir(dir, 's1') };
}

async function expectLaterWorld(into: string): Promise<void> {
  const world = join(into, 'world');
  expect((await readdir(into, { recursive: true })).sort()).toEqual(['world', 'world/kept', 'world/link', 'world/map',
    'world/name', 'world/turned', 'world/turned/file']);
  expect(readFileSync(join(world, 'map'), 'utf8')).toBe('map two');
  expect(readFileSync(join(world, 'kept'), 'utf8')).toBe('kept');
  expect(readlinkSync(join(world, 'link'))).toBe('map');
  expect(statSync(world).mode & 0o777).toBe(0o555);
  const kept = lstatSync(join(world, 'kept'), { bigint: true });
  expect([Number(kept.mode & 0o777n), kept.mtimeNs, kept.nlink]).toEqual([0o640, mtimeNs, 2n]);
  expect(statSync(join(world, 'name')).ino).toBe(Number(kept.ino));
  chmodSync(world, 0o755);
}

describe('restoring an increment', () => {
  it('puts the world together, with its deletions and with the modes and times of today', async () => {
    const { into, increment, task } = await backups();
    expect(await restore(task(increment.path), testWork())).toMatchObject({ files: 3, bytes: 11 });
    await expectLaterWorld(into);
  });

  it('finds its base in .bases, where an older version removed the other name', async () => {
    const { dir, into, base, increment, task, folder } = await backups();
    await writeFiles(join(folder, '.bases'), { [base.name]: readFileSync(base.path) });
    rmSync(base.path);
    await restore(task(increment.path), testWork());
    await expectLaterWorld(into);
    expect((await readdir(join(dir, 's1')))).toEqual(['working']);
  });

  it('fetches manifest and base from beside its address', async () => {
    const { dir, into, base, increment, task, folder } = await backups();
    const files = [increment.name, base.name, 's1.200.manifest.gz'];
    const http = await httpServer(Object.fromEntries(files.map((name) =>
      [`/w/${name}`, (_request, response) => void response.end(readFileSync(join(folder, name)))])));
    await restore(task(`${http.url}/w/${increment.name}?key=1`), testWork());
    await http.close();
    await expectLaterWorld(into);
    expect((await readdir(join(dir, 's1')))).toEqual(['working']);
  });

  it.each<[string, string, (made: { base: MadeBackup; increment: MadeBackup; folder: string }) => void]>([
    ['no_base', 'its base is missing', ({ base }) => rmSync(base.path)],
    ['no_base', 'another archive has its base\'s name', ({ base, folder }) =>
      renameSync(makeBackup(join(folder, '../..'), full.slice(1), { seconds: 300 }).path, base.path)],
    ['bad_archive', 'its manifest is missing', ({ folder }) => rmSync(join(folder, 's1.200.manifest.gz'))],
    ['bad_archive', 'its manifest was cut short', ({ folder }) =>
      writeFileSync(join(folder, 's1.200.manifest.gz'), manifestOf(later))],
    ['bad_archive', 'its manifest lists more than there is', ({ folder, base }) =>
      makeBackup(join(folder, '../..'), later, {
        seconds: 200,
        base,
        listed: [...later, { path: 'world/more', content: '', inBase: true }],
      })],
    ['bad_archive', 'it holds a path that its manifest does not list', ({ folder, base }) =>
      makeBackup(join(folder, '../..'), later, { seconds: 200, base, listed: later.slice(0, -1) })],
  ])('fails with %s where %s, and the old world stays', async (code, _what, spoil) => {
    const made = await backups();
    spoil(made);
    await expect(restore(made.task(made.increment.path), testWork())).rejects.toEqual(failsWith(code as 'no_base'));
    expect(await readFile(join(made.into, 'world/map'), 'utf8')).toBe('present world');
    expect(await readdir(join(made.dir, 's1'))).toEqual(['working']);
  });

  it('fails with no_base where the base is not beside its address', async () => {
    const { into, increment, task, folder } = await backups();
    const files = [increment.name, 's1.200.manifest.gz'];
    const http = await httpServer(Object.fromEntries(files.map((name) =>
      [`/w/${name}`, (_request, response) => void response.end(readFileSync(join(folder, name)))])));
    await expect(restore(task(`${http.url}/w/${increment.name}`), testWork())).rejects.toEqual(failsWith('no_base'));
    await http.close();
    expect(await readFile(join(into, 'world/map'), 'utf8')).toBe('present world');
  });
});
