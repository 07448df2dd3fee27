import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readlinkSync, statSync, writeSync } from 'node:fs';
import { chmod, link, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { aclBytes } from '../../src/kernel/acl.js';
import { attributeNames, readAttribute, writeAttribute } from '../../src/kernel/attributes.js';
import { OpenFolder } from '../../src/kernel/open-folder.js';
import { setTime } from '../../src/kernel/times.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';
import { listing, unpackedByTar, world } from '../support/worlds.js';

const tempDir = tempDirs();

/** Backs a world up and restores it, by us and by GNU tar. Answers both folders. */
async function goneAndBack({ dir, task, restoreTask }: Awaited<ReturnType<typeof world>>) {
  const backup = await backUp(task, testWork());
  const result = await restore(restoreTask(backup.url), testWork());
  const byTar = await unpackedByTar(backup.url, join(dir, 'by-tar'));
  return { backup, result, both: [join(dir, 'restored'), byTar] };
}

describe('a backup', () => {
  it('keeps names that are no UTF-8, each as its own file', async () => {
    const made = await world(await tempDir(), { plain: '' });
    const names = ['caf\xe9', 'caf\xe8', '\xff\xfe', `\xe9${'x'.repeat(200)}`, 'line\nbreak'];
    const path = (folder: string, name: string): Buffer => Buffer.from(join(folder, name), 'latin1');
    for (const name of names) await writeFile(path(made.workingDir, name), name, 'latin1');
    await symlink(Buffer.from('caf\xe9', 'latin1'), path(made.workingDir, 'l\xe9'));
    const { both } = await goneAndBack(made);
    for (const folder of both) {
      for (const name of names) expect(await readFile(path(folder, name), 'latin1')).toBe(name);
      expect(readlinkSync(path(folder, 'l\xe9'), 'latin1')).toBe('caf\xe9');
    }
  });

  it('keeps holes, modes, hard links, times in nanoseconds, attributes and access lists', async () => {
    const made = await world(await tempDir(), { 'd/ro': 'x', exe: 'x', twin: 'two names' });
    const at = (path: string): string => join(made.workingDir, path);
    await link(at('twin'), at('d/twin2'));
    const sparse = openSync(at('sparse'), 'w');
    writeSync(sparse, Buffer.from('far away'), 0, 8, 17 * 2 ** 30);
    closeSync(sparse);
    const fd = openSync(at('exe'), 'r+');
    writeAttribute(fd, 'user.a=b%', Buffer.from('v\0\n='));
    const list = aclBytes('user::rwx,user:12:r-x,group::r-x,mask::r-x,other::---') ?? Buffer.alloc(0);
    writeAttribute(fd, 'system.posix_acl_access', list);
    setTime(fd, 1_600_000_000_123_456_789n);
    closeSync(fd);
    await chmod(at('d/ro'), 0o444);
    const folder = openSync(at('d'), 'r');
    setTime(folder, -1_500_000_001n);
    closeSync(folder);
    await chmod(at('d'), 0o555);

    const { both, backup, result } = await goneAndBack(made);
    expect(backup).toMatchObject({ files: 4 });
    expect(backup.size).toBeLessThan(100_000);
    expect(result).not.toHaveProperty('stripped');
    for (const folder of both) {
      expect(statSync(join(folder, 'sparse'))).toMatchObject({ size: 17 * 2 ** 30 + 8, blocks: 8 });
      expect(statSync(join(folder, 'd')).mode & 0o777).toBe(0o555);
      expect(statSync(join(folder, 'd'), { bigint: true }).mtimeNs).toBe(-1_500_000_001n);
      expect(statSync(join(folder, 'd/ro')).mode & 0o777).toBe(0o444);
      expect(statSync(join(folder, 'twin')).ino).toBe(statSync(join(folder, 'd/twin2')).ino);
      expect(statSync(join(folder, 'exe'), { bigint: true }).mtimeNs).toBe(1_600_000_000_123_456_789n);
      const restored = openSync(join(folder, 'exe'), 'r');
      expect([...attributeNames(restored)].sort()).toEqual(['system.posix_acl_access', 'user.a=b%']);
      expect(readAttribute(restored, 'user.a=b%')?.toString()).toBe('v\0\n=');
      expect(readAttribute(restored, 'system.posix_acl_access')).toEqual(list);
      closeSync(restored);
    }
    const file = await open(join(both[0] ?? '', 'sparse'), 'r');
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 17 * 2 ** 30);
    await file.close();
    expect(buffer.toString()).toBe('far away');
  });

  it('keeps a path of 4,094 bytes, and what is more than strangers may send', async () => {
    const made = await world(await tempDir(), { a: 'x' });
    let folder = OpenFolder.at(made.workingDir);
    for (let bytes = 0; bytes + 250 <= 4_000; bytes += 250) {
      mkdirSync(folder.path('n'.repeat(249)));
      const inner = folder.folder('n'.repeat(249));
      folder.close();
      folder = inner;
    }
    const name = 'f'.repeat(94);
    closeSync(openSync(folder.path(name), 'w'));
    folder.close();
    const { url } = await backUp(made.task, testWork());
    const tight = { ...roomy, maxEntries: 2, maxBytes: 1 };
    expect(await restore({ ...made.restoreTask(url), limits: tight }, testWork())).toMatchObject({ files: 2 });
    expect(execFileSync('find', [made.restoreTask(url).into, '-name', name]).length).toBeGreaterThan(4_094);
    const elsewhere = { ...made.restoreTask(url), limits: tight, backupsDir: join(made.dir, 'other') };
    await expect(restore(elsewhere, testWork())).rejects.toEqual(failsWith('archive_too_large'));
  });

  it('keeps links that stay inside, as they are, however they are written', async () => {
    const made = await world(await tempDir(), { 'a/x': '', 'b/save': 'saved' });
    await symlink(join(made.workingDir, 'b'), join(made.workingDir, 'absolute'));
    await symlink('a/../b', join(made.workingDir, 'round'));
    await symlink('nowhere', join(made.workingDir, 'dangling'));
    const { both, backup } = await goneAndBack(made);
    expect(backup).not.toHaveProperty('left_out');
    const links = (folder = ''): string[] =>
      ['absolute', 'round', 'dangling'].map((name) => readlinkSync(join(folder, name)));
    expect(links(both[0])).toEqual([join(made.restoreTask('').into, 'b'), 'a/../b', 'nowhere']); // it moved along
    expect(links(both[1])).toEqual([join(made.workingDir, 'b'), 'a/../b', 'nowhere']);
  });

  it('never gives set-user-id back, and says so', async () => {
    const made = await world(await tempDir(), { tool: '' });
    await chmod(join(made.workingDir, 'tool'), 0o6755);
    const { result, both } = await goneAndBack(made);
    expect(statSync(join(both[0] ?? '', 'tool')).mode & 0o7777).toBe(0o755);
    expect(result.stripped).toEqual({
      count: 1, names: ['tool'], because: { 'set-user-id or set-group-id': 1 },
    });
  });
});

describe('a selection', () => {
  async function selected(paths: readonly string[], files: Readonly<Record<string, string>>, more: object = {}) {
    const made = await world(await tempDir(), files);
    const manifest = { backup: { paths }, ...more };
    const funpackDir = await writeFiles(join(made.dir, 'pack'), programFunpack(manifest));
    return { ...made, task: { ...made.task, funpackDir } };
  }

  it('that is a link holds the link and what it leads to', async () => {
    const files = { 'saves/w1/map': 'm', 'saves/w2/map': 'm', other: '' };
    const { task, workingDir } = await selected(['world', 'abs'], files);
    await symlink('saves/w1', join(workingDir, 'world'));
    await symlink(join(workingDir, 'saves/w2'), join(workingDir, 'abs'));
    expect(listing((await backUp(task, testWork())).url).sort()).toEqual([
      'abs', 'saves/w1/', 'saves/w1/map', 'saves/w2/', 'saves/w2/map', 'world',
    ]);
  });

  it('with a link to what is not selected holds that too, and each thing once', async () => {
    const { task, workingDir } = await selected(['world'], { 'world/a': '', 'regions/r1': '' });
    await symlink('../regions', join(workingDir, 'world', 'region'));
    await symlink('../world', join(workingDir, 'regions', 'back'));
    expect(listing((await backUp(task, testWork())).url)).toEqual([
      'world/', 'world/a', 'world/region', 'regions/', 'regions/back', 'regions/r1',
    ]);
  });

  it.each([
    ['names what is not there', ['missing'], 'save'],
    ['names a folder without files', ['empty'], 'save'],
  ])('that %s fails where the folder holds something', async (_what, paths, file) => {
    const { task, workingDir } = await selected(paths, { [file]: 'x' });
    await mkdir(join(workingDir, 'empty'));
    await expect(backUp(task, testWork())).rejects.toEqual(failsWith('backup_failed'));
    expect(readdirSync(join(task.backupsDir, 'worlds', 's1'))).toEqual([]);
  });

  it('that is a link to another disk fails too, and names it', async () => {
    const { task, workingDir, dir } = await selected(['world'], {});
    await mkdir(join(dir, 'disk'));
    await symlink(join(dir, 'disk'), join(workingDir, 'world'));
    await expect(backUp(task, testWork())).rejects.toThrow(/working\/ holds some, such as "world"/);
  });

  it('that finds nothing beside what Pinky or a rule left there is no world yet', async () => {
    const files = { files: [{ path: './game.cfg', content: 'x' }], backup: { paths: ['save'], exclude: ['*.log'] } };
    const { task } = await selected([], { 'game.cfg': 'x', 'x.log': '' }, files);
    await expect(backUp(task, testWork())).rejects.toEqual(failsWith('no_world'));
  });
});

it('a folder for backups that the kernel never lets one make is an error, not an endless loop', async () => {
  const { task } = await world(await tempDir(), { a: '' });
  const unmakeable = { ...task, backupsDir: '/proc/backups' };
  await expect(backUp(unmakeable, testWork())).rejects.toEqual(failsWith('backup_failed'));
});

it('a folder whose name is no UTF-8 is told in words', async () => {
  const made = await world(await tempDir(), { a: '' });
  mkdirSync(Buffer.from(join(made.workingDir, 'f\xff'), 'latin1'));
  await symlink('/etc', Buffer.from(join(made.workingDir, 'f\xff/out'), 'latin1'));
  expect((await backUp(made.task, testWork())).left_out?.names).toEqual(['f\ufffd/out']);
  expect(lstatSync(made.workingDir).isDirectory()).toBe(true);
});
