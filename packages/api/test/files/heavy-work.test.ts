import { execFileSync } from 'node:child_process';
import {
  existsSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync,
  symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parkedWorld, serverPaths } from '@pinky/protocol';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
let token: string;
let working: string;
let outside: string;
beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'pinky-outside-'));
  writeFileSync(join(outside, 'secret'), 'hush');
  home = new ApiHome();
  home.config = { ...home.config, archives: { maxBytes: 1e6, maxEntries: 50, maxRatio: 100 } };
  home.statuses = [statusOf('s1')];
  working = serverPaths(home.config.servers, 's1').working;
  mkdirSync(join(working, 'world/inner'), { recursive: true });
  writeFileSync(join(working, 'world/map'), 'the map', { mode: 0o600 });
  writeFileSync(join(working, 'world/inner/chunk'), Buffer.alloc(70_000, 7));
  symlinkSync('map', join(working, 'world/same'));
  symlinkSync(join(outside, 'secret'), join(working, 'world/out'));
  token = home.token({ verbs: ['files'], servers: ['s*'] });
  await home.start();
});
afterAll(async () => {
  await home.end();
  rmSync(outside, { recursive: true, force: true });
});

const work = (path: string, query: string, server = 's1') =>
  home.call('POST', `/v1/servers/${server}/files/${path}?${query}`, { token, headers: { prefer: 'wait=60' } });
const drafts = (): string[] => readdirSync(working).filter((name) => name.startsWith('.pinky'));
const text = (path: string): string => readFileSync(join(working, path), 'utf8');

it('copies a folder with its links, and leaves out one that leads out', async () => {
  const answer = await work('world', 'op=copy&to=twin');
  expect(answer).toMatchObject({ status: 200, json: { files: 2, left_out: { count: 1, names: ['out'] } } });
  expect(text('twin/map')).toBe('the map');
  expect(readlinkSync(join(working, 'twin/same'))).toBe('map');
  expect(existsSync(join(working, 'twin/out'))).toBe(false);
  expect(await work('world/map', 'op=copy&to=twin/map2')).toMatchObject({ status: 200, json: { files: 1, bytes: 7 } });
  expect(text('twin/map2')).toBe('the map');
});

it('packs a folder, a file and everything, and unpacks them again', async () => {
  expect(await work('world', 'op=archive&to=world.tar.gz')).toMatchObject({ status: 200, json: { files: 2 } });
  expect(execFileSync('tar', ['tzf', join(working, 'world.tar.gz')], { encoding: 'utf8' })).toContain('inner/chunk');
  expect(await work('world.tar.gz', 'op=unpack&to=again')).toMatchObject({ status: 200, json: { files: 2 } });
  expect(text('again/inner/chunk')).toBe(text('world/inner/chunk'));
  expect(await work('world/map', 'op=archive&to=map.tgz')).toMatchObject({ status: 200, json: { files: 1 } });
  expect(execFileSync('tar', ['tzf', join(working, 'map.tgz')], { encoding: 'utf8' })).toBe('map\n');
  expect(await work('', 'op=archive&to=all.tar.gz')).toMatchObject({ status: 200 });
  expect(execFileSync('tar', ['tzf', join(working, 'all.tar.gz')], { encoding: 'utf8' })).not.toContain('.pinky');
  expect(drafts()).toEqual([]);
});

it('refuses an archive that leads out, or is none, and leaves nothing of it', async () => {
  mkdirSync(join(outside, 'made'));
  writeFileSync(join(outside, 'made/evil'), 'x');
  execFileSync('tar', ['czPf', join(working, 'evil.tar.gz'), '-C', join(outside, 'made'),
    '--transform', 's,^evil,../../evil,', 'evil']);
  const unpacked = async (path: string, to: string) => (await work(path, `op=unpack&to=${to}`)).json;
  expect(await unpacked('evil.tar.gz', 'evil')).toMatchObject({ status: 422, code: 'unsafe_archive' });
  expect(await unpacked('world/map', 'none')).toMatchObject({ status: 422, code: 'bad_archive' });
  writeFileSync(join(working, 'bomb'), Buffer.alloc(3_000_000));
  execFileSync('tar', ['czf', join(working, 'bomb.tar.gz'), '-C', working, 'bomb']);
  expect(await unpacked('bomb.tar.gz', 'bombed')).toMatchObject({ code: 'archive_too_large' });
  for (const name of ['evil', 'none', 'bombed', '../evil', '../../evil'])
    expect([name, existsSync(join(working, name))]).toEqual([name, false]);
  expect(drafts()).toEqual([]);
});

it('replaces nothing, never goes through a link, and never into itself', async () => {
  const refused = async (path: string, query: string) => {
    const { status, json, text: said } = await work(path, query);
    expect(said).not.toContain('hush');
    return [status, json.code];
  };
  expect(await refused('world', 'op=copy&to=world/inner')).toEqual([409, 'conflict']);
  expect(await refused('world', 'op=copy&to=world/twin')).toEqual([409, 'conflict']);
  expect(await refused('world/map', 'op=copy&to=world/same')).toEqual([409, 'conflict']);
  expect(await refused('world/out', 'op=copy&to=secret')).toEqual([404, 'not_found']);
  expect(await refused('world/out', 'op=archive&to=secret.tgz')).toEqual([404, 'not_found']);
  expect(await refused('world/out', 'op=unpack&to=secret')).toEqual([404, 'not_found']);
  expect(await refused('world', 'op=archive&to=world.rar')).toEqual([400, 'bad_request']);
  expect(await refused('world', 'op=copy')).toEqual([400, 'bad_request']);
  expect(await refused('', 'op=copy&to=x')).toEqual([400, 'bad_request']);
  symlinkSync(outside, join(working, 'way'));
  expect(await refused('world', 'op=copy&to=way/in')).toEqual([404, 'not_found']);
  expect(readdirSync(outside).toSorted()).toEqual(['made', 'secret']);
});

it('counts as a change of a parked world', async () => {
  const park = parkedWorld(home.config.servers, 's2', '1796017064636-bba5');
  mkdirSync(park.path, { recursive: true });
  writeFileSync(join(park.path, 'map'), 'parked');
  const record = { format: 1, at: 1, newest: 5, backup: 'file:///b/s2.1796017078.tar.lzo', bootId: 'b' };
  writeFileSync(park.recordPath, JSON.stringify(record));
  expect(await work('map', 'op=copy&to=map2', 's2')).toMatchObject({ status: 200 });
  expect(readFileSync(join(park.path, 'map2'), 'utf8')).toBe('parked');
  const now = parkedWorld(home.config.servers, 's2', '1796017064636-bba5').record;
  expect(now).toMatchObject({ failure: { code: 'world_unsaved' } });
});

const isRoot = process.geteuid?.() === 0;
(isRoot ? it : it.skip)(`belongs to the game's user${isRoot ? '' : ' (skipped: only root can try it)'}`, async () => {
  const [uid, gid] = [54_321, 54_322];
  mkdirSync(join(working, 'theirs'));
  lchownSync(join(working, 'theirs'), uid, gid);
  const put = { token, body: 'x', headers: { 'content-type': 'text/plain' } };
  expect(await home.call('PUT', '/v1/servers/s1/files/theirs/file', put)).toMatchObject({ status: 201 });
  expect(await work('theirs/folder', 'op=mkdir')).toMatchObject({ status: 201 });
  for (const query of ['op=copy&to=theirs/twin', 'op=archive&to=theirs/world.tgz'])
    expect(await work('world', query)).toMatchObject({ status: 200 });
  expect(await work('theirs/world.tgz', 'op=unpack&to=theirs/again')).toMatchObject({ status: 200 });
  for (const path of ['file', 'folder', 'twin', 'twin/inner/chunk', 'world.tgz', 'again', 'again/map'])
    expect([path, lstatSync(join(working, 'theirs', path))]).toMatchObject([path, { uid, gid }]);
  expect(lstatSync(join(working, 'world/map')).uid).toBe(0);
});
