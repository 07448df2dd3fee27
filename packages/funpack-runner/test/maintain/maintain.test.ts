import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMaintenance } from '@pinky/protocol';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { readNote, writeNote, type BackupNote } from '../../src/catalogue/backup-note.js';
import { maintain, maintenanceParts, type MaintenancePart } from '../../src/maintain/maintain.js';
import { listStore } from '../../src/remote/list-store.js';
import { openStore } from '../../src/remote/open-store.js';
import { S3Bucket, type StoreContext } from '../../src/s3/s3-bucket.js';
import { storeAddress } from '../../src/remote/store-address.js';
import { boxWithBackups } from '../support/box-with-backups.js';
import { httpServer, type TestServer } from '../support/http-server.js';
import { impatientClock } from '../support/impatient-clock.js';
import { startSwift, type Swift } from '../support/swift.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const context: StoreContext = {
  s3: { region: 'us-east-1', isPathStyle: true },
  allowedHosts: [],
  signal: new AbortController().signal,
  clock: impatientClock(),
};

const box = async () => boxWithBackups(await tempDir());

const sumOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('the maintenance of backups', () => {
  it('writes down which backups it found damaged, until they are gone', async () => {
    const { backup, round, backupsDir, task } = await box();
    const seconds = await backup();
    const archive = join(backupsDir, `worlds/s1/s1.${seconds}.tar.lzo`);
    const bytes = readFileSync(archive);
    writeFileSync(archive, bytes.subarray(0, -20));
    await round();
    expect(readMaintenance(task.home)?.damaged).toEqual({
      s1: [{ name: `s1.${seconds}.tar.lzo`, because: expect.stringMatching(/^bad_archive: /) }],
    });
    for (const name of readdirSync(join(backupsDir, 'worlds/s1'))) rmSync(join(backupsDir, 'worlds/s1', name));
    await round();
    expect(readMaintenance(task.home)).not.toHaveProperty('damaged');
  });

  it('does not make a home anew that was moved', async () => {
    const { backup, round, task } = await box();
    await backup();
    renameSync(task.home, `${task.home}.moved`);
    await expect(round()).rejects.toMatchObject(failsWith('not_found'));
    expect(existsSync(task.home)).toBe(false);
    renameSync(`${task.home}.moved`, task.home); // where it is removed afterwards
  });

  it('copies each backup to the store once, and writes down where it is', async () => {
    const { backup, round, store, backupsDir, task } = await box();
    const seconds = [await backup(), await backup()];
    expect(await round()).toEqual({ done: { verify: 1, upload: 2, parks: 0, retain: 0 }, waiting: {}, problems: {} });
    expect(await round()).toMatchObject({ done: { upload: 0 } });
    for (const each of seconds) {
      const archive = `worlds/s1/s1.${each}.tar.lzo`;
      expect(sumOf(join(store, archive))).toBe(sumOf(join(backupsDir, archive)));
      expect(readNote(backupsDir, 's1', each)?.copies).toEqual({ [storeAddress(store)]: { at: 1_700_000_000_000 } });
    }
    expect(readMaintenance(task.home)).toEqual({
      version: 1,
      at: 1_700_000_000_000,
      store: storeAddress(store),
      waiting: {},
      problems: {},
    });
    expect((await listStore(store, context)).map((each) => each.seconds)).toEqual(seconds);
  });

  it('sends nothing to a folder that is not there, or below which the disk is not mounted', async () => {
    const { backup, round, store, backupsDir } = await box();
    const problem = (message: RegExp) => ({
      waiting: { s1: { count: 1 } },
      problems: { upload: { code: 'store_failed', message: expect.stringMatching(message) } },
    });
    rmSync(store, { recursive: true });
    const first = await backup();
    expect(await round()).toMatchObject(problem(/the folder is not there; mount its disk, or make/));
    expect(existsSync(store)).toBe(false);
    await mkdir(store);
    expect(await round()).toMatchObject({ done: { upload: 1 }, problems: {} });
    renameSync(store, `${store} of the disk`); // unmounted: the empty folder below is seen
    await mkdir(store);
    const second = await backup();
    expect(await round()).toMatchObject(problem(/touch .+\/store\/\.pinky-store$/));
    expect(readdirSync(store)).toEqual([]);
    expect(readNote(backupsDir, 's1', second)?.copies).toBeUndefined();
    writeFileSync(join(store, '.pinky-store'), ''); // the operator says that this is a new place
    expect(await round()).toMatchObject({ done: { upload: 1 }, problems: {} });
    expect(readdirSync(join(store, 'worlds/s1'))).not.toContain(`s1.${first}.tar.lzo`);
  });

  it('brings a world back on another machine from the address that the store lists', async () => {
    const { backup, round, store, restoreTask, dir } = await box();
    await backup('the world that is worth something');
    await round();
    rmSync(join(dir, 'backups'), { recursive: true });
    const [found] = await listStore(store, context, 's1');
    await restore({ ...restoreTask(found?.url ?? ''), limits: roomy }, testWork());
    expect(readFileSync(join(dir, 'restored/world/level'), 'utf8')).toBe('the world that is worth something');
  });

  it('tells what waits while the store cannot be reached, and since when; all is sent later', async () => {
    const { backup, task, store, backupsDir } = await box();
    const seconds = await backup();
    rmSync(store, { recursive: true });
    writeFileSync(store, 'a file in the place of the folder');
    const problem = { code: 'store_failed', message: expect.stringContaining(`the store ${store}: `), since: 5_000 };
    const waiting = { s1: { count: 1, bytes: expect.any(Number), since: seconds * 1000 } };
    expect(await maintain(task, testWork({ wallNow: () => 5_000 }))).toEqual({
      done: { verify: 1, parks: 0, retain: 0 },
      waiting,
      problems: { upload: problem },
    });
    await maintain(task, testWork({ wallNow: () => 9_000 }));
    expect(readMaintenance(task.home)).toMatchObject({ at: 9_000, waiting, problems: { upload: problem } });
    expect(readNote(backupsDir, 's1', seconds)?.copies).toBeUndefined();
    rmSync(store);
    await mkdir(store);
    const done = { verify: 0, upload: 1, parks: 0, retain: 0 };
    expect(await maintain(task, testWork())).toEqual({ done, waiting: {}, problems: {} });
  });

  it('sends the newest first, a base before its increments, and manifest and note before their archive', async () => {
    const { backupsDir, task, dir } = await box();
    const folder = join(backupsDir, 'worlds/s1');
    await mkdir(folder, { recursive: true });
    const put = async (seconds: number, kind: BackupNote['kind'], base?: string): Promise<void> => {
      const name = `s1.${seconds}${kind === 'incremental' ? '.incremental' : ''}.tar.lzo`;
      await writeFile(join(folder, name), String(seconds));
      await writeFile(join(folder, `s1.${seconds}.manifest.gz`), 'the manifest');
      writeNote(backupsDir, 's1', seconds, {
        version: 1,
        kind,
        sha256: sumOf(join(folder, name)),
        size: 1,
        files: 1,
        bytes: 1,
        startedAt: 1,
        ...(base !== undefined && { base }),
      });
    };
    await put(1, 'full');
    await put(2, 'full');
    await put(3, 'incremental', 's1.1.tar.lzo');
    await put(4, 'full');
    const asked: string[] = [];
    const sizes = new Map<string, number>();
    const server = await anyPath((method, path, body) => {
      if (method === 'PUT') {
        asked.push(path);
        sizes.set(path, body.length);
      }
      return sizes.get(path);
    });
    await maintain({ ...task, store: `${server.url}/dav/` }, testWork());
    await server.close();
    const archives = asked.filter((path) => path.endsWith('.tar.lzo')).map((path) => path.split('/').at(-1));
    expect(archives).toEqual([
      's1.4.tar.lzo',
      's1.1.tar.lzo',
      's1.3.incremental.tar.lzo',
      's1.2.tar.lzo',
    ]);
    expect(asked.slice(0, 3)).toEqual([
      '/dav/worlds/s1/s1.4.manifest.gz',
      '/dav/worlds/s1/s1.4.note.json',
      '/dav/worlds/s1/s1.4.tar.lzo',
    ]);
    expect(readMaintenance(dir)?.problems).toEqual({});
  });

  it('lets one archive that is not what it was hold up no other', async () => {
    const { backup, round, backupsDir, store } = await box();
    const [bad, good] = [await backup(), await backup()];
    const path = join(backupsDir, `worlds/s1/s1.${bad}.tar.lzo`);
    writeNote(backupsDir, 's1', bad, { ...note(path), sha256: '0'.repeat(64) });
    expect(await round()).toMatchObject({
      problems: { upload: { code: 'checksum_mismatch' } },
      waiting: { s1: { count: 1 } },
    });
    expect(readdirSync(join(store, 'worlds/s1')).filter((name) => name.endsWith('.lzo'))).toEqual([
      `s1.${good}.tar.lzo`,
    ]);
  });

  it('has no backup removed before the store has it', async () => {
    const { task: maintainTask, workingDir, store, backupsDir } = await box();
    const backupOf = { type: 'backup', serverId: 's1', workingDir, backupsDir } as const;
    const task = { ...backupOf, keep: 1, store, incremental: false };
    const names = (): string[] => readdirSync(join(backupsDir, 'worlds/s1'));
    const backups = (): number => names().filter((name) => name.endsWith('lzo')).length;
    const backUpAt = async (at: number): Promise<void> => {
      writeFileSync(join(workingDir, 'world/level'), `the world at ${at}`);
      await backUp(task, testWork({ wallNow: () => at * 1_000 }));
    };
    for (const at of [1, 2, 3]) await backUpAt(at);
    expect(backups()).toBe(3);
    await maintain(maintainTask, testWork());
    await backUpAt(4);
    expect(backups()).toBe(1);
  });

  it('does the other parts when one fails, and ends when it is told to', async () => {
    const { task } = await box();
    const parts: MaintenancePart[] = [
      { name: 'broken', run: async () => { throw new Error('no'); } },
      { name: 'whole', run: async () => 3 },
    ];
    expect(await maintain(task, testWork(), parts)).toMatchObject({
      done: { whole: 3 },
      problems: { broken: { code: 'internal', message: 'no' } },
    });
    const ended = AbortSignal.abort();
    await expect(maintain(task, testWork({ signal: ended }))).rejects.toEqual(failsWith('cancelled'));
    expect(maintenanceParts.map(({ name }) => name)).toContain('upload');
  });
});

describe('a store that speaks S3', () => {
  let swift: Swift;
  beforeAll(async () => { swift = await startSwift(); });
  afterAll(() => swift.end());

  it('gets backups, and refuses to mix up those of two boxes', async () => {
    const at = { ...context, s3: swift.access };
    await new S3Bucket('backups', at).request({ method: 'PUT' });
    const [one, other] = [await box(), await box()];
    const tasks = [one, other].map(({ task }) => ({ ...task, store: 's3://backups/', s3: swift.access }));
    const seconds = await one.backup('one world');
    await other.backup('another world');
    const results = [];
    for (const task of tasks) results.push(await maintain(task, testWork()));
    expect(results[0]).toEqual({ done: { verify: 1, upload: 1, parks: 0, retain: 0 }, waiting: {}, problems: {} });
    expect(results[1]).toMatchObject({
      problems: { upload: { message: expect.stringMatching(/is there already.+give each box a place of its own/) } },
    });
    const url = `s3://backups/worlds/s1/s1.${seconds}.tar.lzo`;
    expect(await listStore('s3://backups', at)).toEqual([expect.objectContaining({ url })]);
    const tiny = { ...one.restoreTask(url), s3: swift.access, limits: { ...roomy, maxBytes: 5 } };
    await expect(restore(tiny, testWork())).rejects.toEqual(failsWith('archive_too_large'));
    await restore({ ...tiny, store: 's3://backups' }, testWork());
    expect(readFileSync(join(one.dir, 'restored/world/level'), 'utf8')).toBe('one world');
    rmSync(join(one.backupsDir, `worlds/s1/s1.${seconds}.note.json`));
    expect(await maintain({ ...one.task, store: 's3://backups', s3: swift.access }, testWork())).toEqual({
      // only the note was lost: the archive is known to be there by its sum
      done: { verify: 1, upload: 1, parks: 0, retain: 0 },
      waiting: {},
      problems: {},
    });
    expect(await openStore('s3://backups', at).stat(`worlds/s1/s1.${seconds}.tar.lzo`)).toBeDefined();
  });
});

const note = (path: string): BackupNote =>
  ({ version: 1, kind: 'full', sha256: sumOf(path), size: 1, files: 1, bytes: 1, startedAt: 1 });

/** A web server that takes PUT on every path. `size` answers how many bytes it has there. */
async function anyPath(
  size: (method: string, path: string, body: Buffer) => number | undefined,
): Promise<TestServer> {
  const answer = new Proxy({}, {
    get: () => async (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const bytes = size(request.method ?? '', request.url ?? '', Buffer.concat(chunks));
      if (bytes === undefined) response.writeHead(404).end();
      else response.writeHead(200, request.method === 'HEAD' ? { 'content-length': bytes } : {}).end();
    },
  });
  return httpServer(answer);
}
