import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLogin } from '../../src/index.js';
import { ApiHome } from '../support/api-home';

let home: ApiHome;
beforeAll(async () => {
  home = new ApiHome();
  home.pageDir = join(home.home, 'page');
  mkdirSync(join(home.pageDir, 'parts'), { recursive: true });
  writeFileSync(join(home.pageDir, 'index.html'), '<!doctype html><title>made</title>');
  writeFileSync(join(home.pageDir, 'parts', 'app.js'), 'made();');
  await home.start();
});
afterAll(() => home.end());

it('is served as it was built, without a token, and runs nothing of another place', async () => {
  const page = await home.call('GET', '/');
  expect(page).toMatchObject({ status: 200, text: '<!doctype html><title>made</title>' });
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
    'x-frame-options': 'DENY',
  });
  const script = await home.call('GET', '/parts/app.js');
  expect(script).toMatchObject({ status: 200, text: 'made();' });
  const headers = { 'if-none-match': String(script.headers['etag']) };
  expect((await home.call('GET', '/parts/app.js', { headers })).status).toBe(304);
});

it('is nothing but its own files', async () => {
  for (const path of ['/parts', '/none.js', '/parts/app.js/x'])
    expect(await home.call('GET', path)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  for (const path of ['/%2e%2e/api/address.json', '/..%2fapi%2faddress.json'])
    expect((await home.call('GET', path)).text).not.toContain('127.0.0.1');
  expect(await home.call('GET', '/v1/servers')).toMatchObject({ status: 401 });
});

it('is where a link of `pinky web` leads', async () => {
  const { code } = makeLogin(home.home, Date.now());
  expect(await home.call('GET', `/login?code=${code}`)).toMatchObject({ status: 303, headers: { location: '/' } });
});
