import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchSource } from '@pinky/protocol';
import { fetchWorld } from '../../src/store/fetch-world.js';
import { httpServer, type TestServer } from '../support/http-server.js';
import { tempDirs } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const bytes = randomBytes(10_000);
const sum = (kind: string): string => createHash(kind).update(bytes).digest('hex');

let server: TestServer;
beforeAll(async () => {
  server = await httpServer({ '/world.tar.lzo': (_request, response) => void response.end(bytes) });
});
afterAll(() => server.close());
beforeEach(() => { server.asked.length = 0; });

const fetchIt = (source: FetchSource, cacheDir: string) =>
  fetchWorld({ type: 'fetchWorld', source, cacheDir, allowedHosts: [], limits: roomy }, testWork());

it('is proved by an MD5 where the publisher has only that, and then needs no network', async () => {
  const [url, cacheDir] = [`${server.url}/world.tar.lzo`, await tempDir()];
  await fetchIt({ url }, cacheDir); // nobody has taken its MD5 yet
  const fetched = await fetchIt({ url, md5: sum('md5').toUpperCase() }, cacheDir);
  expect(fetched).toMatchObject({ sha256: sum('sha256'), size: bytes.length });
  expect(await readFile(fetched.path)).toEqual(bytes);
  expect(await fetchIt({ url, md5: sum('md5') }, cacheDir)).toEqual(fetched);
  expect(server.asked.length).toBe(2);
  await expect(fetchIt({ url, md5: '0'.repeat(32) }, cacheDir)).rejects.toEqual(failsWith('checksum_mismatch'));
});

it('that lies on this machine is read for its MD5, and a folder has none', async () => {
  const dir = await tempDir();
  const url = join(dir, 'world.tar');
  await writeFile(url, bytes);
  expect(await fetchIt({ url, md5: sum('md5') }, dir)).toMatchObject({ path: url, sha256: sum('sha256') });
  await expect(fetchIt({ url, md5: '0'.repeat(32) }, dir)).rejects.toEqual(failsWith('checksum_mismatch'));
  await expect(fetchIt({ url: dir, md5: sum('md5') }, dir)).rejects.toEqual(failsWith('bad_url'));
});
