import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { backUp } from '../../src/backup/backup.js';
import { readNote } from '../../src/catalogue/backup-note.js';
import { uploadPending } from '../../src/maintain/upload.js';
import type { Store } from '../../src/remote/store.js';
import { KeyRing } from '../../src/seal/key-ring.js';
import { boxWithBackups } from '../support/box-with-backups.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';

const tempDir = tempDirs();
const box = async () => boxWithBackups(await tempDir());

/** A store that takes everything and keeps nothing, with some methods of its own. */
const fakeStore = (more: Partial<Store>): Store => ({
  url: 'fake:/',
  stat: async () => undefined,
  send: async () => undefined,
  list: async () => [],
  remove: async () => undefined,
  ...more,
});

describe('sending backups to a store', () => {
  it('goes on with the next server where the store takes nothing of one', async () => {
    const { backup, round, store, backupsDir } = await box();
    const seconds = await backup();
    const [own, other] = [join(backupsDir, 'worlds/s1'), join(backupsDir, 'worlds/a0')];
    cpSync(own, other, { recursive: true });
    for (const name of readdirSync(other)) renameSync(join(other, name), join(other, name.replace('s1.', 'a0.')));
    await mkdir(join(store, 'worlds'));
    writeFileSync(join(store, 'worlds/a0'), 'a file in the place of the folder');
    expect(await round()).toMatchObject({
      waiting: { a0: { count: 1 } },
      problems: { upload: { code: 'store_failed' } },
    });
    expect(readdirSync(join(store, 'worlds/s1'))).toContain(`s1.${seconds}.tar.lzo`);
  });

  it('asks a store that does not answer no more in this round', async () => {
    const { backup, backupsDir } = await box();
    for (let made = 0; made < 3; made++) await backup();
    let asked = 0;
    const stat = async (): Promise<undefined> => {
      asked += 1;
      throw new PinkyError('store_failed', 'no answer');
    };
    const sending = uploadPending({ backupsDir, store: fakeStore({ stat }), work: testWork() });
    await expect(sending).rejects.toEqual(failsWith('store_failed'));
    expect(asked).toBe(2);
  });

  it('sends no increment whose base could not be sent', async () => {
    const { task, workingDir, backupsDir } = await box();
    writeFileSync(join(workingDir, 'world/same'), 'a'.repeat(9_000));
    for (const seconds of [1_000, 2_000]) {
      writeFileSync(join(workingDir, 'world/level'), `the world at ${seconds}`);
      const of = { type: 'backup', serverId: 's1', workingDir, backupsDir: task.backupsDir, keep: 9 } as const;
      await backUp(of, testWork({ wallNow: () => seconds * 1_000 }));
    }
    expect(readNote(backupsDir, 's1', 2_000)?.kind).toBe('incremental');
    const sent: string[] = [];
    const send = async (name: string): Promise<void> => {
      if (name.endsWith('s1.1000.tar.lzo')) throw new PinkyError('store_failed', 'too large');
      sent.push(name);
    };
    const sending = uploadPending({ backupsDir, store: fakeStore({ send }), work: testWork() });
    await expect(sending).rejects.toEqual(failsWith('store_failed'));
    expect(sent.filter((name) => name.includes('2000'))).toEqual([]);
  });

  it('never replaces the archive of another box in a folder, and knows its own', async () => {
    const [one, other] = [await box(), await box()];
    const seconds = await one.backup('one world');
    await other.backup('a world of quite another size');
    await one.round();
    const archive = join(one.store, `worlds/s1/s1.${seconds}.tar.lzo`);
    const [content, { mtimeMs }] = [readFileSync(archive), statSync(archive)];
    rmSync(other.store, { recursive: true });
    renameSync(one.store, other.store);
    expect(await other.round()).toMatchObject({
      done: { retain: 0 },
      waiting: { s1: { count: 1 } },
      problems: { upload: { message: expect.stringMatching(/is there already.+give each box a place of its own/) } },
    });
    renameSync(other.store, one.store);
    rmSync(join(one.backupsDir, `worlds/s1/s1.${seconds}.note.json`));
    expect(await one.round()).toMatchObject({ done: { upload: 1 }, waiting: {}, problems: {} });
    expect(readFileSync(archive)).toEqual(content);
    expect(statSync(archive).mtimeMs).toBe(mtimeMs);
  });

  it('keeps what it has encrypted for the store while another backup begins, and leaves nothing of it', async () => {
    const { workingDir, backupsDir, dir } = await box();
    const key = new KeyRing(dir).make(1);
    const task = { type: 'backup', serverId: 's1', workingDir, backupsDir, keep: 9, sealFor: dir } as const;
    await backUp(task, testWork({ wallNow: () => 1_000_000 }));
    const folder = join(backupsDir, 'worlds/s1');
    writeFileSync(join(folder, '.77.seal'), 'of a round that was killed');
    let isThere: boolean | undefined;
    const send: Store['send'] = async (name, { path }) => {
      if (!name.endsWith('s1.1000.manifest.gz')) return;
      writeFileSync(join(workingDir, 'world/level'), 'more');
      await backUp({ ...task, incremental: false }, testWork({ wallNow: () => 2_000_000 }));
      isThere = existsSync(path);
    };
    await uploadPending({ backupsDir, store: fakeStore({ send }), work: testWork(), newestKey: () => key.key });
    expect(isThere).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith('.seal'))).toEqual([]);
  });
});
