import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { listBackups } from '../../src/catalogue/list-backups.js';
import { maintain } from '../../src/maintain/maintain.js';
import { chunkBytes, fingerprintOf, headBytes, tagBytes } from '../../src/seal/format.js';
import { KeyRing } from '../../src/seal/key-ring.js';
import { seal } from '../../src/seal/seal.js';
import { fingerprintIn, isSealed, unseal } from '../../src/seal/unseal.js';
import { perform } from '../../src/task/perform.js';
import { tempDirs } from '../support/temp.js';
import { collect, failsWith, inChunks, testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();
const key = randomBytes(32);
const find = (fingerprint: string): Buffer | undefined => (fingerprint === fingerprintOf(key) ? key : undefined);
const sealed = (bytes: Buffer, size?: number): Promise<Buffer> => collect(seal(inChunks(bytes, size), key));
const opened = (bytes: Buffer, size?: number): Promise<Buffer> => collect(unseal(inChunks(bytes, size), find));

describe('a sealed stream', () => {
  it.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 300_001])(
    'of %i bytes is what it was when it is opened, however it comes', async (size) => {
      const bytes = randomBytes(size);
      for (const pieces of [7_777, 65_536, 1_000_000]) {
        const closed = await sealed(bytes, pieces);
        expect(closed.length).toBe(headBytes + size + tagBytes * Math.max(1, Math.ceil(size / chunkBytes)));
        expect((await opened(closed, pieces)).equals(bytes)).toBe(true);
      }
    },
  );

  it('names its key, holds nothing of the text, and is another one each time', async () => {
    const text = Buffer.from('the coordinates of the treasure');
    const [one, other] = [await sealed(text), await sealed(text)];
    expect([isSealed(one), fingerprintIn(one)]).toEqual([true, fingerprintOf(key)]);
    expect(one.includes('treasure')).toBe(false);
    expect(one.subarray(headBytes).equals(other.subarray(headBytes))).toBe(false);
  });

  const long = randomBytes(2 * chunkBytes + 500);
  const part = chunkBytes + tagBytes;
  const [first, second] = [headBytes, headBytes + part];
  it.each<[string, (closed: Buffer) => Buffer]>([
    ['a changed byte in its head', (closed) => flipped(closed, headBytes - 1)],
    ['a changed byte in a chunk', (closed) => flipped(closed, first + 5)],
    ['a changed tag', (closed) => flipped(closed, closed.length - 1)],
    ['its last chunk missing', (closed) => closed.subarray(0, headBytes + 2 * part)],
    ['a byte missing', (closed) => closed.subarray(0, -1)],
    ['only its head', (closed) => closed.subarray(0, headBytes)],
    ['half of its head', (closed) => closed.subarray(0, 20)],
    ['a byte too many', (closed) => Buffer.concat([closed, Buffer.from('x')])],
    ['two chunks exchanged', (closed) => Buffer.concat([
      closed.subarray(0, first),
      closed.subarray(second, second + part),
      closed.subarray(first, second),
      closed.subarray(second + part),
    ])],
    ['a chunk twice', (closed) => Buffer.concat([closed.subarray(0, second), closed.subarray(first)])],
  ])('is refused with %s', async (_, spoil) => {
    await expect(opened(spoil(await sealed(long)))).rejects.toEqual(failsWith('bad_archive'));
  });

  it('is refused by a box that does not have its key, and the key is named', async () => {
    const closed = await sealed(Buffer.from('x'));
    await expect(collect(unseal(inChunks(closed), () => undefined))).rejects.toMatchObject({
      code: 'no_key',
      message: expect.stringContaining(fingerprintOf(key)),
    });
  });

  it('takes no more memory for a long stream than for a short one', async () => {
    async function* plenty(): AsyncGenerator<Buffer> {
      const block = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 200; i++) yield block;
    }
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for await (const _ of unseal(seal(plenty(), key), find))
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    expect(most).toBeLessThan(100e6);
  });
});

describe('the keys of a box', () => {
  it('are kept for good: the newest one seals, all of them open', async () => {
    const ring = new KeyRing(await tempDir());
    expect(ring.newest).toBeUndefined();
    const [old, young] = [ring.make(1_000), ring.make(2_000)];
    expect(ring.newest?.fingerprint).toBe(young.fingerprint);
    expect(ring.find(old.fingerprint)?.equals(old.key)).toBe(true);
    expect(ring.find('0'.repeat(32))).toBeUndefined();
    expect(ring.find('../../etc/passwd')).toBeUndefined();
  });

  it('seal what comes after them, also where the clock was set back before a new one was made', async () => {
    const ring = new KeyRing(await tempDir());
    for (const now of [2_000, 1_000, 1_000]) expect(ring.make(now).fingerprint).toBe(ring.newest?.fingerprint);
  });

  it('are exported as a line that another box imports, which does not seal with it if it has its own', async () => {
    const ringOf = async (): Promise<KeyRing> => new KeyRing(await tempDir());
    const [one, other, empty] = [await ringOf(), await ringOf(), await ringOf()];
    const { fingerprint } = one.make(1_000);
    expect(one.newest?.exportedAt).toBeUndefined();
    const { text } = one.export(undefined, 5_000);
    expect(one.newest?.exportedAt).toBe(5_000);
    const own = other.make(9);
    for (const ring of [other, empty]) {
      expect(ring.import(`  ${text}\n`, 7_000)).toMatchObject({ fingerprint, exportedAt: 7_000 });
      expect(ring.find(fingerprint)?.equals(one.newest?.key ?? Buffer.alloc(0))).toBe(true);
    }
    expect([other.newest?.fingerprint, empty.newest?.fingerprint]).toEqual([own.fingerprint, fingerprint]);
    for (const wrong of ['', text.slice(0, -1), text.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')), 'x'])
      expect(() => other.import(wrong, 1)).toThrow(failsWith('bad_command'));
    expect(() => new KeyRing('/nowhere').export(undefined, 1)).toThrow(failsWith('not_found'));
  });

  it('are readable by nobody else', async () => {
    const home = await tempDir();
    const { fingerprint } = new KeyRing(home).make(1);
    expect(statSync(join(home, 'backup-keys', `${fingerprint}.json`)).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'backup-keys')).mode & 0o777).toBe(0o700);
  });
});

describe('an encrypted backup', () => {
  it('is sealed on the disk and in the store, and is restored with its key, also an old one', async () => {
    const made = await world(await tempDir(), { 'world/secret place': 'the treasure is here' });
    const { dir, task } = made;
    const ring = new KeyRing(dir);
    await expect(backUp({ ...task, sealFor: dir }, testWork())).rejects.toEqual(failsWith('no_key'));
    ring.make(1);
    await perform({ ...task, sealFor: dir }, testWork());
    const [backup] = await listBackups(task.backupsDir, 's1');
    expect(backup).toMatchObject({ isEncrypted: true });
    if (!backup) throw new Error('there is no backup');
    const { path, seconds } = backup;
    expect(fingerprintIn(readFileSync(path))).toBe(ring.newest?.fingerprint);
    ring.make(2);

    const name = `s1.${seconds}.manifest.gz`;
    writeFileSync(join(task.backupsDir, 'worlds/s1', name), 'world/secret place');
    const store = join(dir, 'store');
    mkdirSync(store);
    const maintainTask = { type: 'maintain', home: dir, servers: dir, backupsDir: task.backupsDir, store } as const;
    expect(await maintain({ ...maintainTask, allowedHosts: [] }, testWork())).toMatchObject({ done: { upload: 1 } });
    expect(readFileSync(join(store, 'worlds/s1', name)).includes('secret place')).toBe(false);
    const manifest = await collect(unseal(inChunks(readFileSync(join(store, 'worlds/s1', name))), ring.find));
    expect(manifest.toString()).toBe('world/secret place');
    expect(existsSync(join(store, `worlds/s1/s1.${seconds}.tar.lzo.enc`))).toBe(true);

    const restoreTask = made.restoreTask(path);
    await expect(perform(restoreTask, testWork())).rejects.toEqual(failsWith('no_key'));
    await perform({ ...restoreTask, boxHome: dir }, testWork());
    expect(readFileSync(join(dir, 'restored/world/secret place'), 'utf8')).toBe('the treasure is here');
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
