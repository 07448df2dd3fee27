import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { examineRedis } from '../../src/index.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { RedisServer } from '../support/redis-server.js';

const dir = mkdtempSync(join(tmpdir(), 'pinky-sick-tls-'));
const folder = (name: string): string => {
  mkdirSync(join(dir, name), { recursive: true });
  return join(dir, name);
};
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const ours = makeCertificates(folder('ours'));
const others = makeCertificates(folder('others'));
const expired = makeCertificates(folder('expired'), '-1');
const servers: RedisServer[] = [];
let silent: Server;

async function server({ ca, cert, key }: Certificates, ...lines: readonly string[]): Promise<string> {
  const tls = ['tls-port $PORT', 'port 0', `tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`];
  const made = await new RedisServer([...tls, ...lines]).start();
  servers.push(made);
  return made.address.replace('redis:', 'rediss:');
}

let free: string, strict: string, old: string, outOfDate: string, plain: string, web: string;
beforeAll(async () => {
  free = await server(ours, 'tls-auth-clients no');
  strict = await server(ours, 'tls-auth-clients yes');
  old = await server(ours, 'tls-auth-clients no', 'tls-protocols "TLSv1.1"', 'tls-ciphers DEFAULT@SECLEVEL=0');
  outOfDate = await server(expired, 'tls-auth-clients no');
  const bare = await new RedisServer().start();
  servers.push(bare);
  plain = bare.address.replace('redis:', 'rediss:');
  silent = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => { silent.once('listening', resolve); });
  web = `rediss://127.0.0.1:${(silent.address() as AddressInfo).port}`; // it listens on TCP
});
afterAll(async () => {
  silent.close();
  for (const each of servers) await each.end();
  rmSync(dir, { recursive: true, force: true });
});

async function said(redis: string, redisTls: NonNullable<BoxConfig['redisTls']>) {
  const [first] = await examineRedis({ box: '1', home: dir, redis, redisTls } as BoxConfig); // it reads no more
  return first;
}

const serverName = 'redis.test';
const { ca, cert, key } = ours;
const cases: readonly (readonly [string, () => [string, NonNullable<BoxConfig['redisTls']>], RegExp])[] = [
  ['a certificate with another name', () => [free, { ca }], /redis_tls: \{server_name: …\}/],
  ['an authority that is not ours', () => [free, { ca: others.ca, serverName }], /redis_tls: \{ca: …\}/],
  ['no authority', () => [free, { serverName }], /redis_tls: \{ca: …\}/],
  ['TLS where we use none', () => [free.replace('rediss:', 'redis:'), {}], /use rediss:\/\/ instead of redis:\/\//],
  ['an expired certificate', () => [outOfDate, { ca: expired.ca, serverName }], /^renew its certificate/],
  ['a server that wants a certificate', () => [strict, { ca, serverName }], /redis_tls: \{cert: …, key: …\}/],
  [
    'a server that refuses our certificate',
    () => [strict, { ca, cert: others.cert, key: others.key, serverName }],
    /redis_tls: \{cert: …, key: …\}/,
  ],
  ['a server with old versions only', () => [old, { ca, serverName }], /TLS 1.2/],
  ['a server without TLS', () => [plain, { ca, serverName }], /redis:\/\/ instead of rediss:\/\//],
  ['a web server', () => [web, { ca, serverName }], /redis:\/\/ instead of rediss:\/\//],
];

it.each(cases)('has a remedy of its own for %s', async (_what, how, remedy) => {
  const found = await said(...how());
  expect(found).toMatchObject({ level: 'bad', trouble: 'certificate', fix: expect.stringMatching(remedy) });
});

it('works where all is right', async () => {
  expect(await said(strict, { ca, cert, key, serverName })).toMatchObject({ name: 'redis', level: 'ok' });
});

const encrypted = join(dir, 'encrypted.key');
execFileSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:x', '-out', encrypted], { stdio: 'pipe' });
const damaged = file('damaged', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
it.each([
  ['ca', { ca: key }, `redis_tls.ca: ${key} holds no certificate in PEM`],
  ['ca', { ca: file('empty', '') }, 'holds no certificate in PEM'],
  ['ca', { ca: damaged }, `redis_tls.ca: ${damaged} holds a bad certificate`],
  ['ca', { ca: join(dir, 'nobody') }, 'redis_tls.ca: '],
  ['cert', { cert: key, key }, `redis_tls.cert: ${key} holds no certificate in PEM`],
  ['key', { cert, key: cert }, `redis_tls.key: ${cert} holds no private key in PEM`],
  ['key', { cert, key: encrypted }, `redis_tls.key: ${encrypted} is encrypted`],
  ['key', { cert, key: others.key }, `redis_tls.key: ${others.key} is not the key of the certificate in ${cert}`],
])('refuses by name a %s that is none', async (_option, files, sentence) => {
  expect(await said(free, files)).toMatchObject({ level: 'bad', found: expect.stringContaining(sentence) });
});
