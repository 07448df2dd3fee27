import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parkedWorld, serverPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
let token: string;
let working: string;
beforeEach(async () => {
  home = new ApiHome({ uploadBytes: 1024 * 1024 });
  home.statuses = [statusOf('s1')];
  working = serverPaths(home.config.servers, 's1').working;
  mkdirSync(join(working, 'world'), { recursive: true });
  writeFileSync(join(working, 'world', 'map'), '0123456789');
  token = home.token({ verbs: ['files', 'backups'], servers: ['s1'] });
  await home.start();
});
afterEach(() => home.end());

const call = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
  home.call(method, `/v1/servers/s1/files/${path}`, {
    token,
    ...(body !== undefined && { body }),
    headers,
  });

it('are listed, and read whole or by ranges', async () => {
  expect((await call('GET', '')).json.entries).toMatchObject([{ name: 'world', type: 'folder' }]);
  const { json } = await call('GET', 'world');
  expect(json.entries).toMatchObject([{ name: 'map', type: 'file', size: 10 }]);
  const whole = await call('GET', 'world/map');
  expect(whole).toMatchObject({ status: 200, text: '0123456789' });
  expect(whole.headers['etag']).toBe(json.entries[0].etag);
  const range = (range: string, more = {}) => call('GET', 'world/map', undefined, { range, ...more });
  expect(await range('bytes=2-4')).toMatchObject({ status: 206, text: '234' });
  expect((await range('bytes=2-4')).headers['content-range']).toBe('bytes 2-4/10');
  expect(await range('bytes=7-')).toMatchObject({ status: 206, text: '789' });
  expect(await range('bytes=-2')).toMatchObject({ status: 206, text: '89' });
  expect(await range('bytes=10-')).toMatchObject({ status: 416, json: { code: 'bad_range' } });
  expect(await range('bytes=2-4', { 'if-range': '"older"' })).toMatchObject({ status: 200, text: '0123456789' });
  const known = { 'if-none-match': String(whole.headers['etag']) };
  expect((await call('GET', 'world/map', undefined, known)).status).toBe(304);
});

it('are written whole, and only over what the writer knows', async () => {
  expect(await call('PUT', 'world/new.json', '{"a": 1}')).toMatchObject({ status: 201 });
  expect(readFileSync(join(working, 'world/new.json'), 'utf8')).toBe('{"a": 1}');
  expect(await call('PUT', 'world/new.json', 'x')).toMatchObject({ status: 412 });
  const etag = String((await call('GET', 'world/new.json')).headers['etag']);
  const first = await call('PUT', 'world/new.json', 'two', { 'if-match': etag });
  expect(first).toMatchObject({ status: 204 });
  expect(await call('PUT', 'world/new.json', 'three', { 'if-match': etag })).toMatchObject({ status: 412 });
  expect(await call('PUT', 'world/big', 'x'.repeat(2e6))).toMatchObject({ status: 413, json: { code: 'too_large' } });
  expect((await call('GET', 'world')).json.entries).toMatchObject([{ name: 'map' }, { name: 'new.json' }]);
  expect(readFileSync(join(working, 'world/new.json'), 'utf8')).toBe('two');
});

it('are moved, made and removed', async () => {
  expect(await call('POST', 'old?op=mkdir')).toMatchObject({ status: 201 });
  expect(await call('POST', 'old?op=mkdir')).toMatchObject({ status: 409 });
  expect(await call('POST', 'world?op=move&to=old/world')).toMatchObject({ status: 201 });
  expect(await call('POST', 'old?op=move&to=old/world/in')).toMatchObject({ status: 409 });
  expect(await call('GET', 'old/world/map')).toMatchObject({ text: '0123456789' });
  expect(await call('DELETE', 'old/world/map')).toMatchObject({ status: 204 });
  mkdirSync(join(working, 'old/deep/er'), { recursive: true });
  expect(await call('DELETE', 'old')).toMatchObject({ status: 202 });
  await until('the folder is gone', () => !existsSync(join(working, 'old')));
});

it('are never reached outside, nor through a link', async () => {
  const outside = join(home.home, 'secret');
  mkdirSync(outside);
  writeFileSync(join(outside, 'key'), 'hush');
  symlinkSync(outside, join(working, 'out'));
  symlinkSync(join(outside, 'key'), join(working, 'key'));
  for (const path of ['out/key', 'key', 'out', '..%2f..%2fsecret%2fkey', '%2e%2e/x', 'world/%2e%2e/%2e%2e/x']) {
    const answer = await call('GET', path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.text).not.toContain('hush');
  }
  const { entries } = (await call('GET', '')).json;
  expect(entries).toMatchObject([{ type: 'link' }, { type: 'link' }, { type: 'folder' }]);
  expect((await call('PUT', 'out/new', 'x')).status).toBe(404);
  expect((await call('PUT', 'key', 'x', { 'if-match': '*' })).status).toBe(409);
  expect(await call('DELETE', 'out')).toMatchObject({ status: 204 });
  expect(readFileSync(join(outside, 'key'), 'utf8')).toBe('hush');
});

it('are those of the parked world while a server is down, which then counts as backed up no more', async () => {
  const run = '1796017064636-bba5';
  const park = parkedWorld(home.config.servers, 's2', run);
  mkdirSync(park.path, { recursive: true });
  writeFileSync(join(park.path, 'map'), 'parked');
  const record = { format: 1, at: 1, newest: 5, backup: 'file:///b/s2.1796017078.tar.lzo', bootId: 'b' };
  writeFileSync(park.recordPath, JSON.stringify(record));
  const admin = home.token();
  const file = (method: string, body?: string, headers = {}) =>
    home.call(method, '/v1/servers/s2/files/map', { token: admin, ...(body && { body }), headers });
  expect(await file('GET')).toMatchObject({ text: 'parked' });
  expect(parkedWorld(home.config.servers, 's2', run).record).toEqual(record);
  expect(await file('PUT', 'edited', { 'if-match': '*' })).toMatchObject({ status: 204 });
  const now = parkedWorld(home.config.servers, 's2', run).record;
  expect(now).toMatchObject({ newest: 1_796_017_078, failure: { code: 'world_unsaved' } });
  expect(now?.backup).toBeUndefined();
  expect(readFileSync(join(park.path, 'map'), 'utf8')).toBe('edited');
});

it('of a backup are downloaded as its archive, also by ranges', async () => {
  const path = join(home.home, 's1.17.tar.lzo');
  writeFileSync(path, 'archive');
  const backup = { name: 's1.17.tar.lzo', seconds: 17, size: 7, kind: 'full', isClean: true, when: '', path };
  home.obey = async () => ({ servers: [{ serverId: 's1', backups: [backup] }] });
  const download = (which: string, headers = {}) =>
    home.call('GET', `/v1/servers/s1/backups/${which}/download`, { token, headers });
  const whole = await download('latest');
  expect(whole).toMatchObject({ status: 200, text: 'archive' });
  expect(whole.headers['content-disposition']).toContain('s1.17.tar.lzo');
  expect(await download('17', { range: 'bytes=1-2' })).toMatchObject({ status: 206, text: 'rc' });
  expect(await download('99')).toMatchObject({ status: 404 });
});
