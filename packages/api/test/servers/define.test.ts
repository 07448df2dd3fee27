import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPaths } from '@pinky/protocol';
import { ApiHome } from '../support/api-home';

let home: ApiHome;
let token: string;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1', { revision: 7, settings: { motd: 'hi', key: 'hush', slots: 4 } });
  const { funpack } = serverPaths(home.config.servers, 's1');
  mkdirSync(funpack, { recursive: true });
  writeFileSync(join(funpack, 'funpack.json'), JSON.stringify({
    name: 'made',
    version: '1',
    run: ['true'],
    schema: {
      motd: { type: 'string' },
      key: { type: 'string', secret: true, default: 'changeme' },
      slots: { type: 'integer', min: 1, max: 10 },
    },
  }));
  token = home.token();
  await home.start();
});
afterAll(() => home.end());

const wait = { prefer: 'wait=20' };
const patch = (settings: object) =>
  home.call('PATCH', '/v1/servers/s1/settings', { token, body: { settings }, headers: wait });

it('shows settings without their secrets, with what the funpack says of them', async () => {
  const { json, headers } = await home.call('GET', '/v1/servers/s1/settings', { token });
  expect(json).toMatchObject({ settings: { motd: 'hi', key: '••••••', slots: 4 }, schema: { slots: { max: 10 } } });
  expect(json.schema.key).not.toHaveProperty('default'); // somebody may use it
  expect(headers['etag']).toBe('"7"');
  expect(await home.call('GET', '/v1/servers/s2/settings', { token })).toMatchObject({ status: 404 });
});

it('changes settings without a start, and keeps a secret that was only shown', async () => {
  expect(await patch({ motd: 'ho', key: '••••••' })).toMatchObject({ status: 200, json: { revision: 8 } });
  expect(home.defined.at(-1)).toEqual({ data: { serverId: 's1', settings: { motd: 'ho' } } });
  expect(await patch({ slots: 11 })).toMatchObject({ status: 422, json: { code: 'bad_settings' } });
  expect((await patch({ slotz: 1 })).json.detail).toContain('slotz');
  expect(home.sent).toEqual([]);
});

it('refuses the sign for a hidden value where it would become the value', async () => {
  const body = { funpack: 'emberhollow', settings: { key: '••••••' } };
  const answer = await home.call('PUT', '/v1/servers/s1', { token, body, headers: wait });
  expect(answer).toMatchObject({ status: 422, json: { code: 'bad_settings' } });
});

it('defines a server without a start, and passes on which revision was read', async () => {
  const { funpack } = serverPaths(home.config.servers, 's1');
  const body = { serverId: 'new', funpack, start: false };
  expect(await home.call('POST', '/v1/servers', { token, body, headers: wait })).toMatchObject({ status: 200 });
  expect(home.defined.at(-1)).toEqual({ data: { serverId: 'new', funpack } });
  const put = (match: string) => home.call('PUT', '/v1/servers/s1', {
    token,
    body: { ram: 512 },
    headers: { ...wait, 'if-match': match },
  });
  expect(await put('"7"')).toMatchObject({ status: 200 });
  expect(home.defined.at(-1)).toEqual({ data: { serverId: 's1', ram: 512 }, ifRevision: 7 });
  expect(await put('"x"')).toMatchObject({ status: 412 });
  expect(home.sent).toEqual([]);
});

it.each([
  ['a funpack that is not there', { funpack: 'nowhere' }, 404, 'nowhere'],
  ['a setting that its funpack does not have', { settings: { slotz: 4 } }, 422, 'slots'],
  ['a value that its funpack does not take', { settings: { slots: 11 } }, 422, 'slots'],
])('refuses at once %s, in a new server and in a change', async (_, given, status, names) => {
  const { funpack } = serverPaths(home.config.servers, 's1');
  const defined = home.defined.length;
  const of = (serverId: string) => ({ serverId, funpack, ...given });
  for (const start of [true, false]) {
    const answer = await home.call('POST', '/v1/servers', { token, body: { ...of('fresh'), start } });
    expect(answer.status).toBe(status);
    expect(answer.json.detail).toContain(names);
  }
  const { serverId: _id, ...body } = of('s1');
  expect(await home.call('PUT', '/v1/servers/s1', { token, body })).toMatchObject({ status });
  expect(home.defined).toHaveLength(defined);
  expect(home.sent).toEqual([]);
});

it('lists the funpacks of the box, and has one brought into the cache', async () => {
  const folder = join(home.home, 'funpacks');
  mkdirSync(join(folder, 'made'), { recursive: true });
  const ports = { query: { protocol: 'udp' } };
  const schema = { max_players: { type: 'integer', default: 8 } };
  const manifest = { name: 'Made', version: '2', run: ['true'], ports, schema };
  writeFileSync(join(folder, 'made', 'funpack.json'), JSON.stringify(manifest));
  mkdirSync(join(folder, 'other'));
  home.config = { ...home.config, funpacks: [folder, join(home.home, 'nowhere')] };
  const { json } = await home.call('GET', '/v1/funpacks', { token });
  const made = { funpack: 'made', name: 'Made', version: '2', schema, ports, listens: true, maxPlayers: 8 };
  expect(json).toEqual({ funpacks: [made] });
  const body = { funpack: 'made', sha256: 'a'.repeat(64) };
  expect(await home.call('POST', '/v1/funpacks/fetch', { token, body, headers: wait })).toMatchObject({ status: 200 });
  expect(home.sent.at(-1)).toMatchObject({ name: 'fetch', data: { funpack: 'made', funpackSha256: 'a'.repeat(64) } });
});
