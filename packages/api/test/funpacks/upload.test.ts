import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inlineCodec, perform, type RunnerResult, type RunnerTask } from '@pinky/funpack-runner';
import type { BoxConfig } from '@pinky/protocol';
import { ApiHome } from '../support/api-home';

let home: ApiHome;
let token: string;
let folder: string;
let archive: Buffer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pinky-upload-'));
  mkdirSync(join(folder, 'dummy'));
  const schema = { slots: { type: 'integer' } };
  const manifest = { name: 'Dummy', title: 'The Dummy', version: '7', run: ['true'], schema };
  writeFileSync(join(folder, 'dummy/funpack.json'), JSON.stringify(manifest));
  archive = tarOf('dummy');
  home = new ApiHome({ uploadBytes: 100_000 });
  const funpacks = [join(home.home, 'funpacks')];
  home.config = { ...home.config, funpacks } satisfies BoxConfig;
  home.obey = async ({ data }) => {
    const url = String(data['funpack']);
    const task: RunnerTask = {
      type: 'fetch',
      source: { url },
      cacheDir: home.paths.cacheDir,
      funpackPaths: funpacks,
      allowedHosts: [],
      limits: { maxBytes: 1e6, maxEntries: 100, maxRatio: 1_000 },
    };
    const found = (await perform(task, {
      codec: inlineCodec,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onLine: () => undefined,
      wallNow: Date.now,
    })) as RunnerResult<typeof task>;
    return 'dir' in found ? { funpack: { url, digest: found.digest, path: found.dir } } : {};
  };
  token = home.token();
  await home.start();
});
afterEach(async () => {
  await home.end();
  rmSync(folder, { recursive: true, force: true });
});

const tarOf = (name: string): Buffer => execFileSync('tar', ['czC', folder, name]);
const sumOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const upload = (query: string, content: Buffer) => home.call('POST', `/v1/funpacks?${query}`, {
  token,
  body: content,
  headers: { prefer: 'wait=30', 'content-type': 'application/gzip' },
});
const listed = async () => (await home.call('GET', '/v1/funpacks', { token })).json.funpacks;
const inFolder = (): string[] => readdirSync(join(home.home, 'funpacks'));

it('is checked by its sum, unpacked, and found by its name', async () => {
  const sha256 = sumOf(archive);
  expect(await upload(`name=dummy.tar.gz&sha256=${sha256.toUpperCase()}`, archive)).toMatchObject({
    status: 200,
    json: { funpack: 'dummy', name: 'Dummy', version: '7', digest: sha256 },
  });
  expect(readFileSync(join(home.home, 'funpacks/dummy.tar.gz'))).toEqual(archive);
  expect(await listed()).toMatchObject([
    { funpack: 'dummy', name: 'Dummy', title: 'The Dummy', version: '7', isUploaded: true, schema: { slots: {} } },
  ]);
});

it('leaves nothing behind when it is refused', async () => {
  expect(await upload(`name=dummy.tar.gz&sha256=${'0'.repeat(64)}`, archive)).toMatchObject({
    status: 422,
    json: { code: 'checksum_mismatch' },
  });
  expect(await upload('name=dummy.exe', archive)).toMatchObject({ status: 400, json: { field: 'name' } });
  expect(await upload('name=../x.tar.gz', archive)).toMatchObject({ status: 400, json: { field: 'name' } });
  expect(await upload('name=big.tar', Buffer.alloc(200_000))).toMatchObject({ status: 413 });
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other/readme'), 'no funpack');
  expect((await upload('name=other.tar.gz', tarOf('other'))).json).toMatchObject({ code: 'bad_funpack' });
  expect((await upload('name=junk.tar.gz', Buffer.from('junk'))).json).toMatchObject({ code: 'bad_archive' });
  expect(inFolder()).toEqual([]);
});

it('replaces nothing, and goes only when no server uses it', async () => {
  home.define('s1', { funpack: { url: 'dummy' } });
  expect(await upload('name=dummy.tar.gz', archive)).toMatchObject({ status: 409, json: { code: 'conflict' } });
  rmSync(home.paths.definition('s1'));
  expect(await upload('name=dummy.tar.gz', archive)).toMatchObject({ status: 200 });
  expect(await upload('name=dummy.tgz', archive)).toMatchObject({ status: 409 });
  home.define('s2', { funpack: { url: 'dummy' } });
  const remove = () => home.call('DELETE', '/v1/funpacks/dummy', { token });
  expect(await remove()).toMatchObject({ status: 409, json: { detail: 'dummy is used by s2' } });
  expect(inFolder()).toEqual(['dummy.tar.gz']);
  rmSync(home.paths.definition('s2'));
  expect(await remove()).toMatchObject({ status: 204 });
  expect(await remove()).toMatchObject({ status: 404 });
  expect(inFolder()).toEqual([]);
});
