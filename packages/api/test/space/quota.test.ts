import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPaths, type BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { ApiHome, statusOf } from '../support/api-home';

const kib = 1024;
let home: ApiHome;
let token: string;
let working: string;
beforeEach(async () => {
  home = new ApiHome();
  const limits = { diskBytes: 1024 * kib } as NonNullable<BoxConfig['limits']>; // the API looks at no other
  home.config = { ...home.config, limits, archives: { maxBytes: 1e9, maxEntries: 50, maxRatio: 1e6 } };
  home.statuses = [statusOf('s1')];
  working = serverPaths(home.config.servers, 's1').working;
  mkdirSync(working, { recursive: true });
  token = home.token({ verbs: ['files'], servers: ['s1'] });
  await home.start();
});
afterEach(() => home.end());

const call = (method: string, path: string, body?: Buffer, headers: Record<string, string> = {}) =>
  home.call(method, `/v1/servers/s1/files/${path}`, { token, ...(body && { body }), headers });
const put = (name: string, bytes: number, headers = {}) => call('PUT', name, Buffer.alloc(bytes, 7), headers);
const work = (path: string, query: string) => call('POST', `${path}?${query}`, undefined, { prefer: 'wait=60' });
const used = async (): Promise<number> => (await call('GET', '')).json.space.usedBytes;
const drafts = (): string[] => readdirSync(working).filter((name) => name.startsWith('.pinky'));

it('tell how much of it is used, and refuse what would be beyond it', async () => {
  expect((await call('GET', '')).json.space).toEqual({ usedBytes: 0, limitBytes: 1024 * kib });
  expect(await put('one', 600 * kib)).toMatchObject({ status: 201 });
  expect(await used()).toBe(600 * kib);
  const { status, json } = await put('two', 600 * kib);
  expect([status, json.code]).toEqual([507, 'over_quota']);
  expect(json.detail).toBe(
    'the files of server s1 take 600 KiB of the 1 MiB that they may (`limits.disk`): 600 KiB more do not fit',
  );
  expect(json.remedy).toMatch(/limits\.disk/);
  expect(await put('three', 400 * kib)).toMatchObject({ status: 201 });
  expect(await call('POST', 'folder?op=mkdir')).toMatchObject({ status: 201 });
  expect(readdirSync(working).toSorted()).toEqual(['folder', 'one', 'three']);
});

it('of two uploads that come at once, take the one that still fits', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map((number) => put(`file${number}`, 400 * kib)));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 507, 507]);
  expect(readdirSync(working)).toHaveLength(2);
  expect(await used()).toBe(800 * kib);
});

it('count a sender that does not say how long its body is, as it comes', async () => {
  const url = `http://127.0.0.1:${home.server?.address?.port}/v1/servers/s1/files/long`;
  const body = new ReadableStream({
    start(sink) {
      for (let sent = 0; sent < 2048; sent += 256) sink.enqueue(Buffer.alloc(256 * kib));
      sink.close();
    },
  });
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body,
    duplex: 'half',
  } as RequestInit);
  expect(await answer.json()).toMatchObject({ code: 'over_quota' });
  expect(readdirSync(working)).toEqual([]);
});

it('let a file be replaced by one of its size, also where nothing is left', async () => {
  expect(await put('big', 1020 * kib)).toMatchObject({ status: 201 });
  expect(await put('big', 1024 * kib, { 'if-match': '*' })).toMatchObject({ status: 204 });
  expect(await put('small', 1)).toMatchObject({ status: 507 });
  expect(await put('big', 10, { 'if-match': '*' })).toMatchObject({ status: 204 });
  expect(await put('small', 1)).toMatchObject({ status: 201 });
  expect(await used()).toBe(8 * kib);
});

it('lend the space of a file to one of those who replace it at once, and count what each has left', async () => {
  expect(await put('big', 600 * kib)).toMatchObject({ status: 201 });
  let finish = (): void => undefined;
  const half = Buffer.alloc(300 * kib, 7);
  const body = new ReadableStream({
    start(sink) {
      sink.enqueue(half);
      finish = () => { sink.enqueue(half); sink.close(); };
    },
  });
  const url = `http://127.0.0.1:${home.server?.address?.port}/v1/servers/s1/files/big`;
  const headers = { authorization: `Bearer ${token}`, 'if-match': '*', 'content-type': 'application/octet-stream' };
  const first = fetch(url, { method: 'PUT', body, headers, duplex: 'half' } as RequestInit);
  await until('it is being written', () => drafts().length > 0);
  expect(await put('big', 600 * kib, { 'if-match': '*' })).toMatchObject({ status: 507 });
  finish();
  expect((await first).status).toBe(204);
  expect(await used()).toBe(600 * kib);
  expect(await put('big', 600 * kib, { 'if-match': '*' })).toMatchObject({ status: 204 });
});

it('let a server that its game has brought beyond it become smaller', async () => {
  writeFileSync(join(working, 'log'), Buffer.alloc(1500 * kib, 1));
  await until('the files were counted', async () => (await used()) === 1500 * kib);
  expect(await put('new', 1)).toMatchObject({ status: 507 });
  expect(await put('log', 1400 * kib, { 'if-match': '*' })).toMatchObject({ status: 204 });
  expect(await used()).toBe(1400 * kib);
});

it('give back what is removed, by a request or by the game itself', async () => {
  expect(await put('one', 900 * kib)).toMatchObject({ status: 201 });
  expect(await call('DELETE', 'one')).toMatchObject({ status: 204 });
  mkdirSync(join(working, 'folder'));
  expect(await put('folder/two', 900 * kib)).toMatchObject({ status: 201 });
  expect(await put('three', 900 * kib)).toMatchObject({ status: 507 });
  expect(await call('DELETE', 'folder', undefined, { prefer: 'wait=60' })).toMatchObject({ status: 200 });
  expect(await put('three', 900 * kib)).toMatchObject({ status: 201 });
  rmSync(join(working, 'three'));
  await until('the files were counted again', async () => (await put('four', 900 * kib)).status === 201);
});

it('hold for copies, and for archives and what is in them', async () => {
  mkdirSync(join(working, 'world'));
  for (const name of ['a', 'b']) writeFileSync(join(working, 'world', name), Buffer.alloc(200 * kib, 1));
  expect(await work('world', 'op=copy&to=twin')).toMatchObject({ status: 200 });
  const refused = { status: 507, json: { code: 'over_quota' } };
  expect(await work('world', 'op=copy&to=third')).toMatchObject(refused);
  expect(await work('world/a', 'op=copy&to=a1')).toMatchObject({ status: 200 });
  expect(await work('world/a', 'op=copy&to=a2')).toMatchObject(refused);
  expect(await work('', 'op=archive&to=small.tar.gz')).toMatchObject({ status: 200 });
  expect(await work('small.tar.gz', 'op=unpack&to=again')).toMatchObject(refused);
  rmSync(join(working, 'twin'), { recursive: true });
  const noise = join(working, 'world/noise');
  execFileSync('dd', ['if=/dev/urandom', `of=${noise}`, 'bs=1024', 'count=390'], { stdio: 'ignore' });
  expect(await work('world', 'op=archive&to=large.tar.gz')).toMatchObject(refused);
  for (const name of ['third', 'a2', 'again', 'large.tar.gz'])
    expect([name, existsSync(join(working, name))]).toEqual([name, false]);
  expect(drafts()).toEqual([]);
});

it('do not hold where none is set', async () => {
  const { limits: _limits, ...config } = home.config;
  home.config = config;
  expect((await call('GET', '')).json).toEqual({ entries: [] });
  expect(await put('one', 2048 * kib)).toMatchObject({ status: 201 });
});
