import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { download, type DownloadOptions } from '../../src/download/download.js';
import { listStore } from '../../src/remote/list-store.js';
import { openStore } from '../../src/remote/open-store.js';
import type { Store } from '../../src/remote/store.js';
import type { FileToSend } from '../../src/s3/multipart.js';
import type { S3Access } from '../../src/s3/s3-access.js';
import { S3Bucket, type StoreContext } from '../../src/s3/s3-bucket.js';
import { impatientClock } from '../support/impatient-clock.js';
import { accessAt, startSwift, type Swift } from '../support/swift.js';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { tempDirs } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();
const mib = 1024 * 1024;
let swift: Swift;
let proxy: TcpProxy;
let context: StoreContext;

beforeAll(async () => {
  swift = await startSwift();
  proxy = await tcpProxy(swift.port);
  context = contextWith(accessAt(proxy.port));
  await new S3Bucket('worlds-of-tests', context).request({ method: 'PUT' });
});
afterAll(async () => {
  await proxy.close();
  await swift.end();
});
beforeEach(() => Object.assign(proxy, { upBytes: Infinity, downBytes: Infinity, isDown: false }));

const contextWith = (s3: S3Access, more: Partial<StoreContext> = {}): StoreContext =>
  ({ s3, allowedHosts: [], signal: new AbortController().signal, clock: impatientClock(), ...more });

const store = (more: Partial<StoreContext> = {}): Store =>
  openStore('s3://worlds-of-tests/box 1/', { ...context, ...more });

const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function fileOf(bytes: Buffer): Promise<FileToSend> {
  const dir = await tempDir();
  const path = join(dir, 'file');
  await writeFile(path, bytes);
  return { path, size: bytes.length, sha256: sumOf(bytes), progressFile: join(dir, 'progress.json') };
}

async function get(url: string, more: Partial<DownloadOptions> = {}): Promise<Buffer> {
  const to = join(await tempDir(), 'got');
  await download(new URL(url), {
    allowedHosts: [],
    to,
    maxBytes: 1e9,
    signal: context.signal,
    onProgress: () => undefined,
    clock: impatientClock(),
    s3: context.s3,
    ...more,
  });
  return readFileSync(to);
}

describe('a store that speaks S3', () => {
  it.each(['worlds/a/a.1.tar.lzo', 'worlds/a/with +, %, ü & (brackets)!.txt', "worlds/a/it's*"])(
    'keeps a file called %s', async (name) => {
      const bytes = randomBytes(100_000);
      await store().send(name, await fileOf(bytes));
      expect(await store().stat(name)).toEqual({ size: bytes.length, sha256: sumOf(bytes) });
      expect((await store().list('worlds/a')).map((each) => each.name)).toContain(name);
      const address = `s3://worlds-of-tests/${`box 1/${name}`.split('/').map(encodeURIComponent).join('/')}`;
      expect((await get(address)).equals(bytes)).toBe(true);
      await store().remove(name);
      expect(await store().stat(name)).toBeUndefined();
    },
  );

  it('takes a large file in parts, and sends after a break only what it lacks', async () => {
    const bytes = randomBytes(21 * mib);
    const file = await fileOf(bytes);
    proxy.upBytes = 14 * mib; // within the second part
    const failure = await store().send('worlds/a/large', file).catch((error: unknown) => error);
    expect(failure).toEqual(failsWith('store_failed'));
    expect(failure).toMatchObject({ message: expect.stringMatching(/worlds\/a\/large: .+ \(tried 4 times\)$/) });
    expect(existsSync(file.progressFile ?? '')).toBe(true);
    proxy.upBytes = Infinity;
    expect(await store().stat('worlds/a/large')).toBeUndefined();

    proxy.upBytes = 14 * mib; // enough for the second and third part, and not for all
    await store().send('worlds/a/large', file);
    expect(existsSync(file.progressFile ?? '')).toBe(false);
    expect((await get('s3://worlds-of-tests/box%201/worlds/a/large')).equals(bytes)).toBe(true);
  });

  it('goes on with a download where the connection broke', async () => {
    const bytes = randomBytes(9 * mib);
    await store().send('worlds/a/medium', await fileOf(bytes));
    proxy.downBytes = 5 * mib;
    const clock = { ...impatientClock(), rest: async () => { proxy.downBytes = 4.5 * mib; return true; } };
    expect((await get('s3://worlds-of-tests/box%201/worlds/a/medium', { clock })).equals(bytes)).toBe(true);
  });

  it('refuses a file that is not what it was, in parts or whole, and leaves nothing of it', async () => {
    for (const size of [1_000, 9 * mib]) {
      const file = { ...(await fileOf(randomBytes(size))), sha256: sumOf(Buffer.from('another')) };
      await expect(store().send('worlds/a/rotten', file)).rejects.toEqual(failsWith('checksum_mismatch'));
      expect(await store().stat('worlds/a/rotten')).toBeUndefined();
      expect(existsSync(file.progressFile ?? '')).toBe(false);
    }
  });

  it('has the last word: a wrong secret is told as it says it, and neither key is', async () => {
    const keys = { accessKey: 'test:tester', secretKey: 'this is wrong' };
    const wrong = store({ s3: { ...context.s3, keys } });
    const failures = await Promise.all([
      wrong.send('worlds/a/x', await fileOf(randomBytes(10))),
      wrong.list('worlds'),
      get('s3://worlds-of-tests/box%201/worlds/a/medium', { s3: { ...context.s3, keys } }),
    ].map((each) => each.then(() => undefined, (error: Error) => error)));
    expect(failures.map((each) => each && 'code' in each && each.code)).toEqual([
      'store_failed',
      'store_failed',
      'download_failed',
    ]);
    for (const failure of failures) {
      expect(failure?.message).toMatch(/403 SignatureDoesNotMatch: The request signature we calculated does not match/);
      expect(JSON.stringify([failure?.message, failure?.stack])).not.toMatch(/this is wrong|test:tester/);
    }
  });

  it.each([
    ['a bucket that is not there', 's3://nowhere-at-all/', 'not_found', /404 NoSuchBucket: /],
    ['nobody who answers', 's3://worlds-of-tests/', 'store_failed', /ECONNRE.* \(tried 4 times\)$/],
  ])('says what is wrong with %s', async (what, address, code, words) => {
    proxy.isDown = what.startsWith('nobody');
    const failure = await openStore(address, context).list('worlds').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it('is asked only where its host is allowed', async () => {
    const allowedHosts = ['example.org'];
    await expect(store({ allowedHosts }).list('worlds')).rejects.toEqual(failsWith('bad_url'));
    await expect(get('s3://worlds-of-tests/x', { allowedHosts })).rejects.toEqual(failsWith('bad_url'));
    expect(await store({ allowedHosts: ['127.0.0.1'] }).list('elsewhere')).toEqual([]);
  });

  it('lists its backups as addresses to start with, in several answers where there are many', async () => {
    const file = await fileOf(randomBytes(10));
    const names = ['b.5.tar.lzo', 'b.7.incremental.tar.zst.enc', 'b.7.manifest.gz', 'b.7.note.json', 'c.9.tar.lzo'];
    for (const name of names) await store().send(`worlds/b/${name}`, file);
    expect(await listStore('s3://worlds-of-tests/box 1', context, 'b')).toEqual([
      expect.objectContaining({ seconds: 5, kind: 'full', size: 10, isEncrypted: false }),
      expect.objectContaining({
        kind: 'incremental',
        isEncrypted: true,
        url: 's3://worlds-of-tests/box%201/worlds/b/b.7.incremental.tar.zst.enc',
      }),
    ]);
    const keys = (await new S3Bucket('worlds-of-tests', context).list('box 1/worlds/b/', 2)).map(({ key }) => key);
    expect(keys).toEqual(names.map((name) => `box 1/worlds/b/${name}`));
  });
});
