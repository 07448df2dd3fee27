import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { readAudit } from '../../src/tokens/audit.js';
import { ApiHome } from '../support/api-home';

it('are encrypted where a certificate is configured, and nothing is answered in the clear then', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-api-tls-'));
  const [cert, key] = [join(dir, 'api.crt'), join(dir, 'api.key')];
  const own = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', ...own, ...name, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const home = new ApiHome({ tls: { cert, key } });
  try {
    await home.start();
    const { port, url } = home.server?.address ?? {};
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const headers = { authorization: `Bearer ${home.token()}` };
    const asked = get(`https://localhost:${port}/v1/servers`, { ca: readFileSync(cert), headers, agent: false });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
    await expect(home.call('GET', '/healthz')).rejects.toThrow();
  } finally {
    await home.end();
    rmSync(dir, { recursive: true });
  }
});

it.each([
  [['127.0.0.1'], '203.0.113.7'],
  [[], '127.0.0.1'],
])('behind the proxies %j come from %s: only a trusted one may name another', async (proxies, address) => {
  const home = new ApiHome({ trustedProxies: proxies, failuresPerMinute: 1 });
  try {
    await home.start();
    const wrong = `pinky_0123456789ab_${'x'.repeat(43)}`;
    const call = (from: string) =>
      home.call('GET', '/v1/servers', { token: wrong, headers: { 'x-forwarded-for': from } });
    expect((await call('203.0.113.7')).status).toBe(401);
    expect((await call('203.0.113.7')).status).toBe(429);
    expect((await call('203.0.113.8')).status).toBe(proxies.length > 0 ? 401 : 429);
    const written = () => readAudit(home.home, 10);
    await until('all three are written down', () => written().length === 3);
    expect(written()[0]).toMatchObject({ address, status: 401 });
  } finally {
    await home.end();
  }
});
