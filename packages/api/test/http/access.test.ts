import { until } from '@pinky/protocol/testing';
import { makeLogin, readAudit } from '../../src/index.js';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
beforeAll(async () => {
  home = new ApiHome({ hosts: ['box.example'], failuresPerMinute: 1_000 }); // wrong tokens are sent, and none waits
  home.define('lobby-1', { settings: { motd: 'hi', admin_password: 'hush' } });
  home.define('vault');
  home.statuses = [statusOf('lobby-1', { players: ['ada'] })];
  await home.start();
});
afterAll(() => home.end());

describe('a request', () => {
  it('without a token gets nothing but whether the API lives', async () => {
    expect((await home.call('GET', '/healthz')).json).toEqual({ status: 'ok' });
    const refused = await home.call('GET', '/v1/servers');
    expect(refused).toMatchObject({ status: 401, json: { code: 'unauthorized', status: 401 } });
    expect(refused.headers['content-type']).toContain('application/problem+json');
    for (const path of ['/docs', '/openapi.json', '/readyz'])
      expect(await home.call('GET', path)).toMatchObject({ status: 401 });
  });

  it('by a name that is not ours is refused, whatever its token', async () => {
    const token = home.token();
    const call = (host: string) => home.call('GET', '/v1/servers', { token, headers: { host } });
    expect(await call('evil.example')).toMatchObject({ status: 421, json: { code: 'bad_host' } });
    expect(await call('127.0.0.1.evil.example:7465')).toMatchObject({ status: 421 });
    for (const host of ['box.example', 'BOX.example:80', 'localhost:1', '[::1]:7465'])
      expect(await call(host)).toMatchObject({ status: 200 });
  });

  it('says by field what is wrong with it', async () => {
    const token = home.token();
    const call = (body: unknown) => home.call('POST', '/v1/servers', { token, body });
    expect((await call({ serverId: 'x', funpak: 'y' })).json).toMatchObject({ code: 'bad_request', field: 'funpak' });
    expect((await call({ serverId: 'x', port: 70_000 })).json).toMatchObject({ status: 400, field: 'port' });
    expect((await call('{')).json).toMatchObject({ status: 400, code: 'bad_request' });
    expect((await call({ serverId: '../x', funpack: 'y' })).json).toMatchObject({ code: 'bad_server_id' });
    expect((await call({ serverId: 'x', funpack: 'y'.repeat(2e6) })).json).toMatchObject({ code: 'too_large' });
    expect((await home.call('GET', '/v1/nothing', { token })).json).toMatchObject({ status: 404, code: 'not_found' });
    expect(home.sent).toEqual([]);
  });
});

describe('a token', () => {
  it('has the servers of its patterns, and others are not there for it', async () => {
    const token = home.token({ verbs: ['read'], servers: ['lobby-*'] });
    const { json } = await home.call('GET', '/v1/servers', { token });
    expect(json.servers.map(({ serverId }: { serverId: string }) => serverId)).toEqual(['lobby-1']);
    expect(await home.call('GET', '/v1/servers/lobby-1', { token })).toMatchObject({ status: 200 });
    expect(await home.call('GET', '/v1/servers/vault', { token })).toMatchObject({ status: 404 });
    expect(await home.call('GET', '/v1/box', { token })).toMatchObject({ status: 403 });
  });

  it('allows its verbs only', async () => {
    const token = home.token({ verbs: ['read'] });
    expect(await home.call('POST', '/v1/servers/lobby-1/stop', { token })).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    });
    expect(await home.call('GET', '/v1/tokens', { token })).toMatchObject({ status: 403 });
  });

  it('makes no other that allows more than itself', async () => {
    const token = home.token({ verbs: ['admin'], servers: ['lobby-*'] });
    const make = (servers: string[], verbs = ['read']) =>
      home.call('POST', '/v1/tokens', { token, body: { name: 'n', verbs, servers } });
    expect(await make(['*'])).toMatchObject({ status: 403 });
    expect(await make(['l*'])).toMatchObject({ status: 403 });
    const made = await make(['lobby-1']);
    expect(made).toMatchObject({ status: 201, json: { servers: ['lobby-1'] } });
    expect(await home.call('GET', '/v1/servers/lobby-1', { token: made.json.token })).toMatchObject({ status: 200 });
    expect(JSON.stringify((await home.call('GET', '/v1/tokens', { token })).json)).not.toContain('sha256');
  });

  it('is not valid once it is revoked or over', async () => {
    const token = home.token();
    const { id = '' } = home.tokens.list().at(-1) ?? {};
    expect(await home.call('GET', '/v1/box', { token })).toMatchObject({ status: 200 });
    home.tokens.revoke(id);
    await until('it is not valid', async () => (await home.call('GET', '/v1/box', { token })).status === 401);
    const old = home.token({ expiresAt: new Date(Date.now() - 1).toISOString() });
    expect(await home.call('GET', '/v1/box', { token: old })).toMatchObject({ status: 401 });
  });

  it('is written down nowhere, and what was done with it is', async () => {
    const token = home.token({ name: 'the bot' });
    await home.call('POST', '/v1/servers/lobby-1/restart', { token });
    const entry = await until('it is written down', () =>
      readAudit(home.home, 100).find(({ path }) => path.endsWith('/restart')));
    expect(entry).toMatchObject({ name: 'the bot', status: 202, serverId: 'lobby-1', address: '127.0.0.1' });
    expect(JSON.stringify(readAudit(home.home, 1000)) + JSON.stringify(home.tokens.list())).not.toContain(token);
  });
});

describe('a browser', () => {
  const cookieOf = (answer: { headers: Record<string, unknown> }): string =>
    /^[^;]+/.exec(String(answer.headers['set-cookie']))?.[0] ?? '';

  it('logs in by a link once, and changes things only with the header of its page', async () => {
    const { code } = makeLogin(home.home, Date.now());
    const first = await home.call('GET', `/login?code=${code}`);
    expect(first).toMatchObject({ status: 303, headers: { location: '/docs' } });
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Strict/);
    expect(await home.call('GET', `/login?code=${code}`)).toMatchObject({ status: 401 });
    const cookie = cookieOf(first);
    const { csrf } = (await home.call('GET', '/v1/session', { headers: { cookie } })).json;
    const stop = (headers: Record<string, string>) =>
      home.call('POST', '/v1/servers/lobby-1/stop', { headers: { cookie, ...headers } });
    expect(await stop({})).toMatchObject({ status: 403 });
    expect(await stop({ 'x-pinky-csrf': csrf, origin: 'http://evil.example' })).toMatchObject({ status: 403 });
    expect(await stop({ 'x-pinky-csrf': csrf })).toMatchObject({ status: 202 });
    const out = await home.call('DELETE', '/v1/session', { headers: { cookie, 'x-pinky-csrf': csrf } });
    expect(out).toMatchObject({ status: 204 });
    expect(await home.call('GET', '/v1/session', { headers: { cookie } })).toMatchObject({ status: 401 });
  });

  it('logs in with a token, allows no more than that, and is out when the token is revoked', async () => {
    const token = home.token({ verbs: ['read'], servers: ['lobby-*'] });
    const { id = '' } = home.tokens.list().findLast(({ kind }) => kind === 'token') ?? {};
    const opened = await home.call('POST', '/v1/session', { body: { token } });
    expect(opened).toMatchObject({ status: 201, json: { verbs: ['read'], servers: ['lobby-*'] } });
    const headers = { cookie: cookieOf(opened) };
    expect(await home.call('GET', '/v1/servers/vault', { headers })).toMatchObject({ status: 404 });
    expect(await home.call('GET', '/v1/servers', { token: headers.cookie.split('=')[1] ?? '' })).toMatchObject({
      status: 401, // a session is no token
    });
    home.tokens.revoke(id);
    await until('it is out', async () => (await home.call('GET', '/v1/servers', { headers })).status === 401);
  });

  it('is not logged in by a link that is too old', async () => {
    const { code } = makeLogin(home.home, Date.now() - 6 * 60_000);
    expect(await home.call('GET', `/login?code=${code}`)).toMatchObject({ status: 401 });
  });
});

it('lets an address that sends wrong tokens wait, and a right one through', async () => {
  const other = new ApiHome({ failuresPerMinute: 3 });
  try {
    await other.start();
    const call = (token: string) => other.call('GET', '/v1/servers', { token });
    const wrong = `pinky_0123456789ab_${'x'.repeat(43)}`;
    for (let i = 0; i < 3; i++) expect(await call(wrong)).toMatchObject({ status: 401 });
    const refused = await call(wrong);
    expect(refused).toMatchObject({ status: 429, json: { code: 'too_many_requests' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await call(other.token())).toMatchObject({ status: 200 });
    expect((await other.call('GET', '/healthz')).status).toBe(200);
  } finally {
    await other.end();
  }
});
