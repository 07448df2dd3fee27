import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { readAudit } from '../../src/tokens/index.js';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1', { settings: { password: 'hush', maxPlayers: 12 } });
  home.define('s2');
  home.define('s3', { funpack: { url: 'nowhere' } });
  for (const id of ['s1', 's2']) {
    const { funpack } = serverPaths(home.config.servers, id);
    mkdirSync(funpack, { recursive: true });
    const schema = {
      password: { type: 'string', secret: true },
      maxPlayers: { type: 'integer', default: 20 },
    };
    writeFileSync(join(funpack, 'funpack.json'), JSON.stringify({ name: 'made', version: '1', run: ['true'], schema }));
  }
  await home.start();
});
afterAll(() => home.end());

it('shows a secret to one who may change it, and notes that', async () => {
  const reveal = (token: string, setting = 'password') =>
    home.call('POST', `/v1/servers/s1/settings/${setting}/reveal`, { token });
  const settings = await home.call('GET', '/v1/servers/s1/settings', { token: home.token() });
  expect(settings.text).not.toContain('hush');
  const answer = await reveal(home.token({ name: 'owner', verbs: ['define'], servers: ['s*'] }));
  expect(answer).toMatchObject({ status: 200, json: { value: 'hush' } });
  expect(answer.headers['cache-control']).toBe('no-store');
  const reader = home.token({ verbs: ['read', 'console', 'control', 'files', 'backups'] });
  expect(await reveal(reader)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
  expect(await reveal(home.token({ servers: ['s2'] }))).toMatchObject({ status: 404 });
  expect(await reveal(home.token(), 'motd')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  const noted = await until('it is noted', () => {
    const seen = readAudit(home.home, 10).filter(({ path }) => path.endsWith('/settings/password/reveal'));
    return seen.length === 3 && seen;
  });
  expect(noted[0]).toMatchObject({ name: 'owner', status: 200, serverId: 's1' });
});

it('says how many players a server takes, where a setting says so', async () => {
  const { servers } = (await home.call('GET', '/v1/servers', { token: home.token() })).json;
  const most = servers.map(({ serverId, maxPlayers }: { serverId: string; maxPlayers?: number }) =>
    [serverId, maxPlayers]);
  expect(most).toEqual([['s1', 12], ['s2', 20], ['s3', undefined]]);
});

it('says that nobody can know the players, and counts none of them', async () => {
  home.statuses = [statusOf('s1', { arePlayersUnknown: true }), statusOf('s2', { players: ['ada'] })];
  const get = async (path: string) => (await home.call('GET', path, { token: home.token() })).json;
  const unknown = { players: [], arePlayersUnknown: true };
  expect(await get('/v1/servers/s1')).toMatchObject(unknown);
  expect(await get('/v1/servers/s1/players')).toEqual(unknown);
  expect(await get('/v1/servers/s2/players')).toEqual({ players: ['ada'] });
  expect(await get('/v1/box')).toMatchObject({ players: 1, serversWithUnknownPlayers: 1 });
});
