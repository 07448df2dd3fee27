import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, symlink, utimes } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { latestBackup, listBackups } from '../../src/catalogue/list-backups.js';
import type { LaunchContext } from '../../src/launch/launch-context.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';

const tempDir = tempDirs();

async function world(files: Readonly<Record<string, string | Uint8Array>>) {
  const dir = await tempDir();
  const workingDir = join(dir, 'working');
  await mkdir(workingDir);
  await writeFiles(workingDir, files);
  return {
    dir,
    workingDir,
    task: {
      type: 'backup' as const,
      serverId: 's1',
      workingDir,
      backupsDir: join(dir, 'backups'),
      keep: 3,
    },
  };
}

/** The paths in a backup, as lzop and GNU tar read it. */
const listing = (url: string): string[] =>
  execFileSync('bash', ['-c', 'lzop -dc "$0" | tar t', fileURLToPath(url)])
    .toString()
    .split('\n')
    .filter((line) => line !== '');

describe('backUp', () => {
  it('writes a .tar.lzo that lzop and GNU tar read, and answers its size and SHA-256', async () => {
    const { task, dir } = await world({
      'world/map.sqlite': Buffer.alloc(700_000, 'map'),
      'world/empty': '',
      'größe.txt': 'x',
    });
    const { url, size, sha256, files } = await backUp(task, testWork());
    const bytes = await readFile(fileURLToPath(url));
    expect(url).toBe(`file://${dir}/backups/worlds/s1/s1.1700000000.tar.lzo`);
    expect({ size, sha256, files }).toEqual({
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      files: 3,
    });
    const out = await tempDir();
    execFileSync('bash', ['-c', 'lzop -dc "$0" | tar x -C "$1"', fileURLToPath(url), out]);
    execFileSync('diff', ['-r', task.workingDir, out]);
    expect(await latestBackup(task.backupsDir, 's1')).toEqual({ url });
  });

  it('never takes another one\'s name, even within one second or after the clock was set back', async () => {
    const { task } = await world({ a: 'x' });
    await backUp(task, testWork());
    await backUp({ ...task, isForced: true }, testWork());
    await backUp({ ...task, isForced: true }, testWork({ wallNow: () => 1_600_000_000_000 }));
    expect((await listBackups(task.backupsDir, 's1')).map((one) => one.seconds)).toEqual([
      1_700_000_000, 1_700_000_001, 1_700_000_002,
    ]);
  });

  it('makes no empty backup: the next start would take it as the newest one', async () => {
    const { task } = await world({ 'logs/l': '' });
    const { url } = await backUp(task, testWork());
    await rm(join(task.workingDir, 'logs', 'l'));
    await expect(backUp(task, testWork())).rejects.toEqual(failsWith('no_world'));
    expect((await readdir(join(task.backupsDir, 'worlds', 's1'))).sort()).toEqual([
      's1.1700000000.manifest.gz',
      's1.1700000000.note.json',
      's1.1700000000.tar.lzo',
    ]);
    expect(await latestBackup(task.backupsDir, 's1')).toEqual({ url });
  });

  it('keeps the newest ones', async () => {
    const { task } = await world({ a: 'x' });
    for (let i = 0; i < 5; i++) await backUp({ ...task, isForced: true }, testWork());
    expect((await readdir(join(task.backupsDir, 'worlds', 's1'))).sort()).toEqual(
      [2, 3, 4].flatMap((i) =>
        ['manifest.gz', 'note.json', 'tar.lzo'].map((ending) => `s1.170000000${i}.${ending}`)),
    );
  });

  it('holds the manifest\'s paths that are there, without what is excluded', async () => {
    const { task, dir } = await world({
      'world/a': '',
      'world/cache/b': '',
      'world/x.log': '',
      'players/p': '',
      'logs/l': '',
    });
    const funpackDir = await writeFiles(
      join(dir, 'pack'),
      programFunpack({ backup: { paths: ['world', './players/', 'missing'], exclude: ['*.log', 'world/cache'] } }),
    );
    expect(listing((await backUp({ ...task, funpackDir }, testWork())).url)).toEqual([
      'world/',
      'world/a',
      'players/',
      'players/p',
    ]);
  });

  it('holds what bin/import says', async () => {
    const { task, dir, workingDir } = await world({ 'saves/1': 'x', other: 'y' });
    const funpackDir = await writeFiles(
      join(dir, 'pack'),
      programFunpack(
        {},
        { 'bin/import': '#!/bin/sh\necho saving on $PORT\necho "{\\"paths\\":[\\"$PWD/saves\\"]}"\n' },
      ),
    );
    const context: LaunchContext = {
      serverId: 's1',
      port: 10_000,
      ram: { min: 1, max: 1 },
      settings: {},
      workingDir,
      sharedDir: '/x',
      datafile: '/x',
      home: '/x',
    };
    const lines: string[] = [];
    expect(
      listing((await backUp({ ...task, funpackDir, context }, testWork({ onLine: (line) => lines.push(line) }))).url),
    ).toEqual(['saves/', 'saves/1']);
    expect(lines[0]).toBe('saving on 10000');
  });

  it('never follows a link out of working/, even where a path goes through one', async () => {
    const { task, dir } = await world({ w: 'mine' });
    await writeFiles(join(dir, 'elsewhere'), { key: 'not the game\'s' });
    await symlink(join(dir, 'elsewhere'), join(task.workingDir, 'save'));
    const funpackDir = await writeFiles(join(dir, 'pack'), programFunpack({ backup: { paths: ['w', 'save/key'] } }));
    await expect(backUp({ ...task, funpackDir }, testWork())).rejects.toEqual(failsWith('import_failed'));
  });

  it('holds what a link within working/ leads to', async () => {
    const { task, dir } = await world({ 'worlds/1/map': '' });
    await symlink('worlds/1', join(task.workingDir, 'world'));
    const funpackDir = await writeFiles(join(dir, 'pack'), programFunpack({ backup: { paths: ['world/map'] } }));
    expect(listing((await backUp({ ...task, funpackDir }, testWork())).url)).toEqual(['world/map']);
  });

  it.each([
    ['exit 3'],
    ['echo no paths'],
    ['echo \'{"paths":"x"}\''],
    ['echo \'{"paths":["../../etc"]}\''],
    ['echo \'{"paths":["/etc"]}\''],
  ])('fails with import_failed where bin/import does `%s`, and nothing is left', async (script) => {
    const { task, dir, workingDir } = await world({ a: 'x' });
    const funpackDir = await writeFiles(
      join(dir, 'pack'),
      programFunpack({}, { 'bin/import': `#!/bin/sh\n${script}\n` }),
    );
    const context: LaunchContext = {
      serverId: 's1',
      port: 1,
      ram: { min: 1, max: 1 },
      settings: {},
      workingDir,
      sharedDir: '/x',
      datafile: '/x',
      home: '/x',
    };
    await expect(backUp({ ...task, funpackDir, context }, testWork())).rejects.toEqual(failsWith('import_failed'));
    expect(await readdir(join(task.backupsDir, 'worlds', 's1'))).toEqual([]);
  });

  it('leaves out sockets, FIFOs and links that lead out', async () => {
    const { task, workingDir } = await world({ 'a/file': 'x' });
    execFileSync('mkfifo', [join(workingDir, 'fifo')]);
    await symlink('/etc/passwd', join(workingDir, 'absolute'));
    await symlink('../../outside', join(workingDir, 'a', 'upwards'));
    await symlink('file', join(workingDir, 'a', 'inside'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(workingDir, 'sock'), resolve));
    const { url, left_out: leftOut, incomplete } = await backUp(task, testWork());
    expect(listing(url)).toEqual(['a/', 'a/file', 'a/inside']);
    expect({ leftOut, incomplete }).toEqual({
      leftOut: {
        count: 4,
        names: ['a/upwards', 'absolute', 'fifo', 'sock'],
        because: { 'is a link that leads out': 2, 'is a socket, FIFO or device': 2 },
      },
      incomplete: true, // a link that leads out may lead to the world
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves nothing when it is cancelled, and removes what a killed one left', async () => {
    const { task } = await world({ a: Buffer.alloc(3_000_000, 'abc') });
    const dir = join(task.backupsDir, 'worlds', 's1');
    await writeFiles(dir, { '.999999999.part': 'killed', [`.${process.ppid}.part`]: 'running' });
    const cancel = new AbortController();
    await expect(backUp(task, testWork({ signal: cancel.signal, onProgress: () => cancel.abort() }))).rejects.toEqual(
      failsWith('cancelled'),
    );
    expect(await readdir(dir)).toEqual([`.${process.ppid}.part`]);
  });

  it('removes what a killed one left, also where its pid is that of another program now', async () => {
    const { task } = await world({ a: 'x' });
    const dir = join(task.backupsDir, 'worlds', 's1');
    const other = spawn('sleep', ['600']);
    const runner = spawn('sleep', ['600'], { argv0: 'pinky: funpack-runner backup s1' });
    const parts = [other, runner].map(({ pid }) => `.${pid}.part`);
    await writeFiles(dir, { [parts[0] ?? '']: 'of a life before', 's1.5.manifest.gz': '', [parts[1] ?? '']: '' });
    for (const part of parts) await utimes(join(dir, part), 1_000, 1_000);
    await backUp(task, testWork());
    const after = await readdir(dir);
    expect(parts.map((part) => after.includes(part))).toEqual([false, true]);
    runner.kill();
    await once(runner, 'exit');
    await backUp({ ...task, isForced: true }, testWork());
    expect((await readdir(dir)).filter((name) => /part$|\.5\./.test(name))).toEqual([]);
    other.kill();
  });

  it('packs no other folder of the box that a link in the place of the world leads to', async () => {
    const { task, workingDir, dir } = await world({});
    await rm(workingDir, { recursive: true });
    await writeFiles(join(dir, 'keys'), { secret: 'x' });
    await symlink('keys', workingDir);
    for (const path of [workingDir, `${workingDir}/`])
      await expect(backUp({ ...task, workingDir: path }, testWork())).rejects.toEqual(failsWith('backup_failed'));
    expect(await listBackups(task.backupsDir, 's1')).toEqual([]);
  });

  it('fails with backup_failed where there is no world', async () => {
    const { task, workingDir } = await world({});
    await rm(workingDir, { recursive: true });
    await expect(backUp(task, testWork())).rejects.toEqual(failsWith('backup_failed'));
  });

  it('refuses a server id that is a path', async () => {
    const { task } = await world({});
    await expect(backUp({ ...task, serverId: '../../etc' }, testWork())).rejects.toEqual(failsWith('bad_server_id'));
  });
});

it('fails at a folder that may not be read, and does not take it for an empty one', async () => {
  const { task, workingDir } = await world({ 'closed/x': 'x' });
  await chmod(join(workingDir, 'closed'), 0);
  // Root may read everything, so then the file is there.
  const outcome = await backUp(task, testWork()).then(({ files }) => files, (failure: unknown) => failure);
  expect(process.getuid?.() === 0 ? outcome === 1 : outcome).toEqual(
    process.getuid?.() === 0 ? true : failsWith('backup_failed'),
  );
  await chmod(join(workingDir, 'closed'), 0o700);
});
