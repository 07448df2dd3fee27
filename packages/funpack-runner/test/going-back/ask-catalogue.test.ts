import { execFileSync } from 'node:child_process';
import fs, {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackupsResult, CatalogueAsk, ChosenBackup, OneBackupResult } from '@pinky/protocol';
import { restore } from '../../src/backup/restore.js';
import { backupDir } from '../../src/catalogue/backup-names.js';
import { readNote, writeNote } from '../../src/catalogue/backup-note.js';
import { latestBackup } from '../../src/catalogue/list-backups.js';
import { askCatalogue } from '../../src/going-back/ask-catalogue.js';
import { retain } from '../../src/retention/retain.js';
import { makeBackup, type Piece } from '../support/made-backups.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const now = 1_764_000_000;
const work = testWork({ wallNow: () => now * 1_000 });
const day = 86_400;
const full: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o755 },
  { path: 'world/map', content: 'map one' },
  { path: 'world/kept', content: 'kept' },
];
const later: readonly Piece[] = [
  { path: 'world', type: 'directory', mode: 0o755 },
  { path: 'world/map', content: 'map two' },
  { path: 'world/kept', content: 'kept', inBase: true },
];

/** A full backup of two days ago, an increment of a day ago, and a full one of an hour ago. */
async function box() {
  const dir = await tempDir();
  const base = makeBackup(dir, full, { seconds: now - 2 * day });
  const increment = makeBackup(dir, later, { seconds: now - day, base });
  const newest = makeBackup(dir, [{ path: 'world/map', content: 'map three' }], { seconds: now - 3_600 });
  const ask = (asked: CatalogueAsk) => askCatalogue({ type: 'catalogue', backupsDir: dir, ask: asked }, work);
  return { dir, base, increment, newest, ask, folder: backupDir(dir, 's1') };
}

const of = (which: string) => ({ serverId: 's1', which });

describe('the list of backups', () => {
  it('has every server that has some, newest first', async () => {
    const { ask, dir } = await box();
    makeBackup(dir, full, { seconds: 5, serverId: 's0' });
    mkdirSync(join(dir, 'worlds', 'empty'));
    const { servers } = await ask({ name: 'backups', data: {} }) as BackupsResult;
    expect(servers.map(({ serverId, backups }) => [serverId, backups.length])).toEqual([['s0', 1], ['s1', 3]]);
    expect(servers[1]?.backups.map(({ seconds, kind, isClean }) => [now - seconds, kind, isClean])).toEqual(
      [[3_600, 'full', true], [day, 'incremental', true], [2 * day, 'full', true]]);
    expect(servers[1]?.backups[0]).toMatchObject({ name: `s1.${now - 3_600}.tar.lzo`, size: expect.any(Number) });
  });

  it('is empty for a server without any', async () => {
    const { ask } = await box();
    expect(await ask({ name: 'backups', data: { serverId: 'no' } })).toEqual({
      servers: [{ serverId: 'no', backups: [] }],
    });
  });
});

describe('pins', () => {
  it('hold a backup for days, for ever, or no more', async () => {
    const { ask, dir, base } = await box();
    const data = { ...of(base.name), days: 2, because: 'the castle' };
    const pin = await ask({ name: 'pin', data }) as OneBackupResult;
    expect(pin.backup).toMatchObject({ pinnedUntil: (now + 2 * day) * 1_000, because: 'the castle' });
    await ask({ name: 'pin', data: of(base.name) });
    expect(readNote(dir, 's1', now - 2 * day)).toMatchObject({ pinnedUntil: 'ever', because: 'by hand' });
    expect(await ask({ name: 'unpin', data: of(base.name) })).not.toHaveProperty('already');
    expect(await ask({ name: 'unpin', data: of(base.name) })).toMatchObject({ already: true });
    expect(readNote(dir, 's1', now - 2 * day)).not.toHaveProperty('pinnedUntil');
  });
});

describe('verifying on demand', () => {
  it('answers what was read, or fails with what is wrong', async () => {
    const { ask, dir, base, increment } = await box();
    expect(await ask({ name: 'verify', data: of(increment.name) })).toMatchObject({
      files: 2,
      bytes: 11,
      backup: { verifiedAt: now * 1_000 },
    });
    rmSync(base.path);
    await expect(ask({ name: 'verify', data: of(increment.name) })).rejects.toEqual(failsWith('no_base'));
    expect(readNote(dir, 's1', now - day)?.problem).toMatch(/^no_base: /);
  });
});

describe('removing a backup by hand', () => {
  it('refuses a pinned one, a base that is needed, and the newest', async () => {
    const { ask, base, increment, newest } = await box();
    await ask({ name: 'pin', data: of(increment.name) });
    for (const [name, why] of [[increment.name, 'is pinned (by hand)'], [base.name, `is the base of ${now - day}`],
      [newest.name, 'is the newest one']] as const) {
      await expect(ask({ name: 'backups rm', data: of(name) })).rejects.toEqual(failsWith('backup_kept'));
      await expect(ask({ name: 'backups rm', data: of(name) })).rejects.toThrow(why);
    }
  });

  it('removes all that lies beside it, and the newest with a word more', async () => {
    const { ask, folder, increment, newest, base } = await box();
    await ask({ name: 'backups rm', data: of(increment.name) });
    await ask({ name: 'backups rm', data: { ...of(newest.name), discard: true } });
    expect(readdirSync(folder).filter((name) => !name.startsWith('.')).sort()).toEqual(
      [`s1.${now - 2 * day}.manifest.gz`, base.name]);
  });
});

describe('getting a backup', () => {
  it.each([['full', 0, 'map one'], ['incremental', 1, 'map two']])(
    'writes one archive of a %s one, which tar reads', async (_kind, which, map) => {
      const { ask, dir, base, increment } = await box();
      const file = join(dir, 'got.tar.lzo');
      const name = [base, increment][which]?.name ?? '';
      const got = await ask({ name: 'backups get', data: { ...of(name), file } }) as OneBackupResult;
      expect(got).toMatchObject({ file, size: statSync(file).size });
      mkdirSync(join(dir, 'out'));
      execFileSync('bash', ['-c', 'lzop -dc "$0" | tar x -C "$1" 2>/dev/null', file, join(dir, 'out')]);
      expect(readFileSync(join(dir, 'out/world/map'), 'utf8')).toBe(map);
      expect(readFileSync(join(dir, 'out/world/kept'), 'utf8')).toBe('kept');
    },
  );

  it('writes over nothing, and leaves no half file', async () => {
    const { ask, dir, base, increment } = await box();
    const file = join(dir, 'got.tar.lzo');
    writeFileSync(file, 'mine');
    await expect(ask({ name: 'backups get', data: { ...of(base.name), file } })).rejects.toThrow('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    rmSync(file);
    rmSync(base.path);
    const data = { ...of(increment.name), file };
    await expect(ask({ name: 'backups get', data })).rejects.toEqual(failsWith('no_base'));
    expect(existsSync(file)).toBe(false);
  });
});

describe('a backup of an older version, without manifest and note', () => {
  it('is listed, verified, pinned, handed out and restored', async () => {
    const dir = await tempDir();
    const { path, name } = makeBackup(dir, full, { seconds: now - day });
    rmSync(join(backupDir(dir, 's1'), `s1.${now - day}.manifest.gz`));
    makeBackup(dir, later, { seconds: now - 60 });
    const ask = (asked: CatalogueAsk) => askCatalogue({ type: 'catalogue', backupsDir: dir, ask: asked }, work);
    const { servers } = await ask({ name: 'backups', data: { serverId: 's1' } }) as BackupsResult;
    expect(servers[0]?.backups[1]).toMatchObject({ name, kind: 'full', isClean: true });
    expect(await ask({ name: 'verify', data: of(name) })).toMatchObject({ files: 2, bytes: 11 });
    await ask({ name: 'pin', data: of(name) });
    expect(readNote(dir, 's1', now - day)).toMatchObject({ pinnedUntil: 'ever', verifiedAt: now * 1_000, files: 2 });
    await ask({ name: 'backups get', data: { ...of(name), file: join(dir, 'got') } });
    expect(readFileSync(join(dir, 'got')).equals(readFileSync(path))).toBe(true);
    await ask({ name: 'choose', data: { ...of(name), id: 'job 1' } });
    await ask({ name: 'use', data: { serverId: 's1', seconds: now - day, id: 'job 1' } });
    const source = await latestBackup(dir, 's1');
    const into = join(dir, 'run', 'working');
    await restore({ type: 'restore', source: source ?? { url: '' }, into, limits: roomy, allowedHosts: [] }, work);
    expect(readFileSync(join(into, 'world/map'), 'utf8')).toBe('map one');
  });
});

describe('a restore', () => {
  const id = 'job 1';

  it('holds what it will use: a stop that removes old backups leaves it', async () => {
    const { ask, dir, base } = await box();
    const { backup } = await ask({ name: 'choose', data: { ...of(String(now - 2 * day)), id } }) as ChosenBackup;
    expect(backup).toMatchObject({ name: base.name, because: 'a restore is about to use it' });
    makeBackup(dir, full, { seconds: now - 5 });
    await retain(dir, 's1', { keep: 1 }, work);
    expect(existsSync(base.path)).toBe(true);
  });

  it('makes the chosen one the newest by a second name, and pins the world before for 30 days', async () => {
    const { ask, dir, base, increment, newest } = await box();
    await ask({ name: 'choose', data: { ...of(increment.name), id } });
    const used = await ask({ name: 'use', data: { serverId: 's1', seconds: now - day, id } }) as Required<ChosenBackup>;
    expect(used.present).toMatchObject({
      name: newest.name,
      pinnedUntil: (now + 30 * day) * 1_000,
      because: 'the world before a restore',
    });
    expect(used.newest).toMatchObject({
      name: `s1.${now}.tar.lzo`,
      kind: 'full',
      size: statSync(used.newest.path).size,
      restoredFrom: increment.name,
    });
    expect(used.newest).not.toHaveProperty('pinnedUntil');
    expect(used.newest).not.toHaveProperty('base');
    expect(await ask({ name: 'verify', data: of('latest') })).toMatchObject({ files: 2, bytes: 11 });
    const source = await latestBackup(dir, 's1');
    expect(source?.url).toBe(pathToFileURL(used.newest.path).href);
    const into = join(dir, 'run', 'working');
    const task = { type: 'restore' as const, source: source ?? { url: '' }, into, limits: roomy, allowedHosts: [] };
    for (const { path } of [increment, base]) rmSync(path); // the second name is a whole backup
    await restore(task, work);
    expect(readFileSync(join(into, 'world/map'), 'utf8')).toBe('map two');
  });

  it('that is taken up again finds what it did, and does it once', async () => {
    const { ask, folder, increment } = await box();
    await ask({ name: 'choose', data: { ...of(increment.name), id } });
    await ask({ name: 'use', data: { serverId: 's1', seconds: now - day, id } });
    const names = readdirSync(folder).sort();
    expect(await ask({ name: 'choose', data: { ...of('latest'), id } })).toMatchObject({
      backup: { name: increment.name },
      newest: { seconds: now },
    });
    expect(readdirSync(folder).sort()).toEqual(names);
  });

  it('of the newest one gives a second name too', async () => {
    const { ask, newest } = await box();
    await ask({ name: 'choose', data: { serverId: 's1', id } });
    const used = await ask({ name: 'use', data: { serverId: 's1', seconds: now - 3_600, id } }) as ChosenBackup;
    expect(used).toMatchObject({
      backup: { name: newest.name },
      newest: { seconds: now, restoredFrom: newest.name },
      present: { name: newest.name },
    });
    expect(statSync(used.newest?.path ?? '').ino).toBe(statSync(newest.path).ino);
  });

  it('is the newest one, and pins the world of now, although the clock was set back by hours', async () => {
    const { ask, dir, base, newest } = await box();
    await ask({ name: 'verify', data: of('latest') });
    const [older, wrong] = [readNote(dir, 's1', now - 3_600), (now + 6 * 3_600) * 1_000];
    if (!older) throw new Error('no note');
    writeNote(dir, 's1', now - 3_600, { ...older, unchangedAt: wrong });
    const present = makeBackup(dir, full, { seconds: now - 60 });
    await ask({ name: 'choose', data: { ...of(base.name), id } });
    const used = await ask({ name: 'use', data: { serverId: 's1', seconds: now - 2 * day, id } }) as ChosenBackup;
    expect([used.present?.name, newest.name]).toEqual([present.name, `s1.${now - 3_600}.tar.lzo`]);
    expect((await latestBackup(dir, 's1'))?.url).toBe(pathToFileURL(used.newest?.path ?? '').href);
  });

  it('copies a full one where there are no hard links, over what a dead process with its pid left', async () => {
    const { ask, base, folder } = await box();
    writeFileSync(join(folder, `.${process.pid}.part`), 'half');
    writeFileSync(join(folder, `.${process.pid}.manifest.tmp`), 'half');
    const refused = Object.assign(new Error('no links'), { code: 'EPERM' });
    jest.spyOn(fs, 'linkSync').mockImplementation(() => { throw refused; });
    await ask({ name: 'choose', data: { ...of(base.name), id } });
    const used = await ask({ name: 'use', data: { serverId: 's1', seconds: now - 2 * day, id } }) as ChosenBackup;
    jest.restoreAllMocks();
    const { path = '' } = used.newest ?? {};
    expect(readFileSync(path).equals(readFileSync(base.path))).toBe(true);
    expect(statSync(path).ino).not.toBe(statSync(base.path).ino);
    expect(readdirSync(folder).filter((name) => name.startsWith('.') && name !== '.lock')).toEqual([]);
    expect(readdirSync(folder)).toContain(`s1.${now}.manifest.gz`);
    expect(await ask({ name: 'verify', data: of('latest') })).toMatchObject({ files: 2 });
  });

  it('reads a backup back before a game is stopped for it', async () => {
    const { ask, dir, base, increment } = await box();
    await ask({ name: 'verify', data: of(increment.name) });
    rmSync(base.path);
    await expect(ask({ name: 'choose', data: { ...of(increment.name), id } })).rejects.toEqual(failsWith('no_base'));
    expect(readNote(dir, 's1', now - day)).not.toHaveProperty('pinnedUntil'); // nobody will use it
  });

  it('lets go of what it used, unless somebody else has pinned that', async () => {
    const { ask, dir, base, increment } = await box();
    await ask({ name: 'pin', data: of(base.name) });
    for (const [at, { name }] of [increment, base].entries()) {
      await ask({ name: 'choose', data: { ...of(name), id: `job ${at}` } });
      await ask({ name: 'use', data: { serverId: 's1', seconds: Number(name.split('.')[1]), id: `job ${at}` } });
    }
    expect(readNote(dir, 's1', now - day)).not.toHaveProperty('pinnedUntil');
    expect(readNote(dir, 's1', now - 2 * day)).toMatchObject({ pinnedUntil: 'ever', because: 'by hand' });
  });

  it('takes a number beyond that of a backup that is being written', async () => {
    const { ask, folder } = await box();
    writeFileSync(join(folder, `s1.${now + 7}.manifest.gz`), '');
    await ask({ name: 'choose', data: { ...of(String(now - 2 * day)), id } });
    const used = await ask({ name: 'use', data: { serverId: 's1', seconds: now - 2 * day, id } }) as ChosenBackup;
    expect(used.newest?.seconds).toBe(now + 8);
  });

  it('finds a base in .bases under its second name too', async () => {
    const { ask, folder, base, increment } = await box();
    mkdirSync(join(folder, '.bases'));
    linkSync(base.path, join(folder, '.bases', base.name));
    rmSync(base.path);
    expect(await ask({ name: 'choose', data: { ...of(increment.name), id } })).toHaveProperty('backup');
  });
});
