import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchSource } from '@pinky/protocol';
import { fetchFunpack } from '../../src/store/fetch-funpack.js';
import { findFunpack, nameOfFound, type SourceContext } from '../../src/store/find-funpack.js';
import { httpServer, type TestServer } from '../support/http-server.js';
import { tempDirs, programFunpack, writeFiles } from '../support/temp.js';
import { tarOf } from '../support/tar-builder.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

async function box(): Promise<SourceContext & { dir: string }> {
  const dir = await tempDir();
  await mkdir(join(dir, 'packs'));
  return {
    dir,
    cacheDir: join(dir, 'cache'),
    funpackPaths: [join(dir, 'nowhere'), join(dir, 'packs')],
    allowedHosts: [],
  };
}

const fetchIt = (source: FetchSource, context: SourceContext, limits = roomy) =>
  fetchFunpack({ type: 'fetch', source, ...context, limits }, testWork());
const cached = async (context: SourceContext): Promise<string[]> =>
  (await readdir(join(context.cacheDir, 'funpacks')).catch(() => [])).filter((name) => !name.startsWith('.'));
const incoming = (context: SourceContext): Promise<string[]> =>
  readdir(join(context.cacheDir, 'funpacks', '.incoming')).catch(() => []);

/** A .tar.lzo of a funpack, with or without the one folder around everything that people often make. */
async function packed(options: { readonly inFolder?: boolean; readonly manifest?: object } = {}): Promise<Buffer> {
  const dir = await tempDir();
  await writeFiles(join(dir, 'pack'), programFunpack(options.manifest));
  return execFileSync('bash', ['-c', `tar c -C ${options.inFolder ? `${dir} pack` : `${dir}/pack .`} | lzop -c`]);
}

describe('a funpack that is a folder', () => {
  it('is used in place, by path, file: address and name, and any edit changes its digest', async () => {
    const context = await box();
    const dir = await writeFiles(join(context.dir, 'packs', 'mine'), programFunpack());
    const found = findFunpack({ url: 'mine' }, context);
    expect(found).toEqual({ dir, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(findFunpack({ url: dir }, context)).toEqual(found);
    expect(findFunpack({ url: `file://${dir}` }, context)).toEqual(found);
    await writeFile(join(dir, 'bin', 'more'), 'x');
    expect((findFunpack({ url: 'mine' }, context))?.digest).not.toBe(found?.digest);
  });

  it('has no SHA-256, and may be missing', async () => {
    const context = await box();
    await writeFiles(join(context.dir, 'packs', 'mine'), programFunpack());
    expect(() => findFunpack({ url: 'mine', sha256: '0'.repeat(64) }, context)).toThrow(failsWith('bad_url'));
    expect(() => findFunpack({ url: 'other' }, context)).toThrow(failsWith('not_found'));
    expect(() => findFunpack({ url: 'other' }, context)).toThrow(/packs; there is mine$/);
    expect(() => findFunpack({ url: '/nowhere/at/all' }, context)).toThrow(failsWith('not_found'));
    expect(() => findFunpack({ url: '/dev/null' }, context)).toThrow(failsWith('bad_url'));
  });
});

describe('a funpack that is an archive', () => {
  it.each([false, true])(
    'is unpacked once, read-only, and found afterwards (all in one folder: %s)',
    async (inFolder) => {
      const context = await box();
      const bytes = await packed({ inFolder });
      await writeFile(join(context.dir, 'packs', 'mine.tar.lzo'), bytes);
      expect(findFunpack({ url: 'mine' }, context)).toBeUndefined();
      const found = await fetchIt({ url: 'mine', sha256: sha256(bytes).toUpperCase() }, context);
      expect(found.digest).toBe(sha256(bytes));
      expect(nameOfFound({ url: 'https://user:secret@example.org/mine' }, found, context.cacheDir)).toBe(
        `https://example.org/mine${inFolder ? '/pack' : ''}`,
      );
      expect(JSON.parse(await readFile(join(found.dir, 'funpack.json'), 'utf8'))).toMatchObject({ name: 'game' });
      expect((await stat(join(found.dir, 'bin/run'))).mode & 0o777).toBe(0o555);
      expect(findFunpack({ url: 'mine' }, context)).toEqual(found);
      expect(await incoming(context)).toEqual([]);
    },
  );

  it('is read for its MD5, and refused when that is another', async () => {
    const context = await box();
    const bytes = await packed();
    await writeFile(join(context.dir, 'packs', 'mine.tar.lzo'), bytes);
    const found = await fetchIt({ url: 'mine', md5: md5(bytes) }, context);
    expect(findFunpack({ url: 'mine', md5: md5(bytes) }, context)).toEqual(found);
    const another = { url: 'mine', md5: 'f'.repeat(32) };
    await expect(fetchIt(another, context)).rejects.toEqual(failsWith('checksum_mismatch'));
  });

  it('is unpacked again when the file has changed', async () => {
    const context = await box();
    const file = join(context.dir, 'packs', 'mine.tar.lzo');
    await writeFile(file, await packed());
    const first = await fetchIt({ url: 'mine' }, context);
    await writeFile(`${file}.new`, await packed({ manifest: { version: '2' } }));
    await rename(`${file}.new`, file);
    expect(findFunpack({ url: 'mine' }, context)).toBeUndefined();
    expect((await fetchIt({ url: 'mine' }, context)).digest).not.toBe(first.digest);
    expect((await cached(context)).length).toBe(2);
  });

  it.each([
    ['checksum_mismatch', async () => packed(), '0'.repeat(64)],
    ['bad_archive', async () => Buffer.from('not an archive'), undefined],
    ['bad_archive', async () => (await packed()).subarray(0, 300), undefined],
    ['unsafe_archive', async () => tarOf({ path: '../x', content: 'x' }), undefined],
  ] as const)('is refused with %s, and nothing is left', async (code, make, sum) => {
    const context = await box();
    await writeFile(join(context.dir, 'packs', 'bad.tar'), await make());
    await expect(fetchIt({ url: 'bad', ...(sum !== undefined && { sha256: sum }) }, context)).rejects.toEqual(
      failsWith(code),
    );
    expect(await cached(context)).toEqual([]);
    expect(await incoming(context)).toEqual([]);
  });
});

describe('a funpack on the network', () => {
  let bytes: Buffer;
  let server: TestServer;
  let etag = '"1"';
  beforeAll(async () => {
    server = await httpServer({
      '/pack.tar.lzo': (request, response) =>
        void (request.headers['if-none-match'] === etag
          ? response.writeHead(304).end()
          : response.writeHead(200, { etag }).end(bytes)),
    });
  });
  beforeEach(async () => {
    bytes = await packed();
    server.asked.length = 0;
  });
  afterAll(() => server.close());
  const url = (): string => `${server.url}/pack.tar.lzo`;

  it('is downloaded once for many who ask at the same time', async () => {
    const context = await box();
    const found = await Promise.all(
      Array.from({ length: 6 }, () => fetchIt({ url: url(), sha256: sha256(bytes) }, context)),
    );
    expect(new Set(found.map((one) => one.dir)).size).toBe(1);
    expect(server.asked).toEqual(['/pack.tar.lzo']);
  });

  it('is sent again only when its ETag has changed', async () => {
    const context = await box();
    const first = await fetchIt({ url: url() }, context);
    expect(await fetchIt({ url: url() }, context)).toEqual(first);
    bytes = await packed({ manifest: { version: '2' } });
    etag = '"2"';
    expect((await fetchIt({ url: url() }, context)).digest).toBe(sha256(bytes));
    expect(server.asked.length).toBe(3);
  });

  it('needs no network when its SHA-256 is given and known', async () => {
    const context = await box();
    const source = { url: url(), sha256: sha256(bytes) };
    const found = await fetchIt(source, context);
    server.asked.length = 0;
    expect(findFunpack(source, context)).toEqual(found);
    expect(server.asked).toEqual([]);
  });

  it('is refused when it is not the one that was promised, not allowed or not there, and nothing is left', async () => {
    const context = await box();
    await expect(fetchIt({ url: url(), sha256: '0'.repeat(64) }, context)).rejects.toEqual(
      failsWith('checksum_mismatch'),
    );
    await expect(fetchIt({ url: url() }, { ...context, allowedHosts: ['example.org'] })).rejects.toEqual(
      failsWith('bad_url'),
    );
    await expect(fetchIt({ url: `${server.url}/other` }, context)).rejects.toEqual(failsWith('not_found'));
    expect(await cached(context)).toEqual([]);
    expect(await incoming(context)).toEqual([]);
  });

  it('is proved by an MD5 where the publisher has only that, and then needs no network', async () => {
    const context = await box();
    await fetchIt({ url: url() }, context); // nobody has taken its MD5 yet
    const source = { url: url(), md5: md5(bytes).toUpperCase() };
    expect(findFunpack(source, context)).toBeUndefined();
    const found = await fetchIt(source, context);
    expect(found.digest).toBe(sha256(bytes));
    server.asked.length = 0;
    expect(findFunpack(source, context)).toEqual(found);
    await expect(fetchIt({ url: url(), md5: '0'.repeat(32) }, context)).rejects.toMatchObject({
      code: 'checksum_mismatch',
      message: `${url()}: its MD5 is ${md5(bytes)}, not ${'0'.repeat(32)}`,
    });
    expect(server.asked).toEqual(['/pack.tar.lzo']);
    expect(await incoming(context)).toEqual([]);
  });

  it('is fetched whole after a process was killed in the middle of it', async () => {
    const context = await box();
    const name = createHash('sha256').update(url()).digest('hex').slice(0, 32);
    await writeFiles(join(context.cacheDir, 'funpacks', '.incoming'), {
      [`${name}.killed/half`]: 'x',
      [`${name}.killed.archive`]: 'x',
      'other.running/half': 'x',
    });
    await fetchIt({ url: url() }, context);
    expect(await incoming(context)).toEqual(['other.running']);
  });
});
