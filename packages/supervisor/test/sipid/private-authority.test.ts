import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttps, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { withLongFlags } from '../../src/sipid/long-flags';
import { waitUntilHealthy } from '../../src/sipid/wait-until-healthy';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('sipid', dir.path);
const scripts = resolve(__dirname, '../../examples/sipid');
afterAll(dir.remove);

const inDir = (name: string): string => join(dir.path, name);
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir.path, stdio: 'pipe' });

/** An authority of our own, and a certificate for 127.0.0.1 from it. */
function makeCertificates(): void {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2',
    '-subj', '/CN=our own', '-addext', 'basicConstraints=critical,CA:TRUE');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 's.key', '-out', 's.csr', '-subj', '/CN=localhost');
  writeFileSync(inDir('ext'), 'subjectAltName=IP:127.0.0.1');
  openssl('x509', '-req', '-in', 's.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
    '-extfile', 'ext', '-out', 's.pem');
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

let server: Server;
let url = '';
let answers: number[] = [];
beforeAll(async () => {
  makeCertificates();
  const identity = { key: readFileSync(inDir('s.key')), cert: readFileSync(inDir('s.pem')) };
  server = createHttps(identity, (_request, response) => {
    const status = answers.shift();
    if (status !== undefined) response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/healthcheck`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => (answers = [200]));

describe('an address with a certificate of a private authority', () => {
  it('is not trusted by itself, and the last answer says why, even if the deadline cuts a request off', async () => {
    const flags = ['-url', url, '-timeout', '2s', '-polling-frequency', '1990ms'];
    const { code, said } = await run(['wait-until-healthy', ...flags]);
    expect(code).toBe(1);
    expect(said).toMatch(/last answer: .*(self-signed certificate|unable to verify)/);
  });

  it.each([
    ['--ca', (ca: string) => ({ args: ['--ca', ca], env: {} })],
    ['-ca=', (ca: string) => ({ args: [`-ca=${ca}`], env: {} })],
    ['the system\'s store', (ca: string) => ({ args: [], env: { SSL_CERT_FILE: ca } })],
    ['a folder of the system\'s', (ca: string) => ({ args: [], env: { SSL_CERT_DIR: resolve(ca, '..') } })],
    ['NODE_EXTRA_CA_CERTS', (ca: string) => ({ args: [], env: { NODE_EXTRA_CA_CERTS: ca } })],
  ])('is trusted by %s', async (_what, given) => {
    const { args, env } = given(inDir('ca.pem'));
    expect(await run(['wait-until-healthy', '--url', url, '--timeout', '5s', ...args], env)).toEqual({
      code: 0,
      said: '',
    });
  });

  it.each([
    ['that is missing', 'missing.pem', /cannot be read: ENOENT/],
    ['without a certificate', 's.key', /holds no certificate/],
    ['with half a certificate', 'half.pem', /holds no certificate/],
    ['with a broken certificate', 'broken.pem', /holds a bad certificate/],
  ])('is not even asked with a file %s', async (_what, name, words) => {
    writeFileSync(inDir('half.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n');
    writeFileSync(inDir('broken.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const { code, said } = await run(['wait-until-healthy', '--url', url, '--timeout', '5s', '--ca', inDir(name)]);
    expect([code, answers]).toEqual([1, [200]]);
    expect(said).toMatch(words);
  });
});

it('keeps the last real answer when the deadline cuts off a request that hangs', async () => {
  answers = [503];
  const answer = await waitUntilHealthy({ url, timeoutMs: 3_000, pollingMs: 10, caFile: inDir('ca.pem') });
  expect(answer).toEqual({ isHealthy: false, lastAnswer: '503' });
});

it.each([
  [['claim', '-pid', '7', '-pid-file', 'x'], ['claim', '--pid', '7', '--pid-file', 'x']],
  [['claim', '--pid=7', '-pid-file=x'], ['claim', '--pid=7', '--pid-file=x']],
  [['kill', '-show-stacks', '-pid-file', '-pids'], ['kill', '--show-stacks', '--pid-file', '-pids']],
  [['kill', '-show-stacks=true'], ['kill', '--show-stacks']],
  [['kill', '--show-stacks=false'], ['kill']],
  [['kill', '-help'], ['kill', '--help']],
  [['kill', '--', '-pid-file'], ['kill', '--', '-pid-file']],
])('reads flags with one dash, as Go does: %j', (given, read) => {
  expect(withLongFlags(given)).toEqual(read);
});

describe('the example scripts', () => {
  const bin = inDir('bin');
  const env = { RUN_DIR: inDir('run'), PACKAGE: inDir('package'), PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const executable = (path: string, text: string): void => {
    mkdirSync(resolve(path, '..'), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  };
  const script = (name: string, more: NodeJS.ProcessEnv = {}) =>
    spawnSync(join(scripts, name), { env: { ...process.env, ...env, ...more }, encoding: 'utf8' });

  it('start a job once, wait for its health, and stop it', async () => {
    executable(join(bin, 'sipid'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
    executable(join(bin, 'chpst'), '#!/bin/sh\nshift 2\nexec "$@"\n'); // changes no user: this is no root's test
    executable(join(env.PACKAGE, 'bin/web'), '#!/bin/sh\nexec sleep 600\n');
    const job = spawn(join(scripts, 'web-start.sh'), { env: { ...process.env, ...env }, stdio: 'ignore' });
    const pidFile = join(env.RUN_DIR, 'web.pid');
    await until('the job has written its pid', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8'));
    expect(readFileSync(pidFile, 'utf8')).toBe(`${job.pid}\n`);
    expect(script('web-start.sh')).toMatchObject({ status: 1, stderr: expect.stringContaining('which is running') });
    const healthy = spawn(join(scripts, 'web-post-start.sh'), {
      env: { ...process.env, ...env, URL: url, CA: inDir('ca.pem') },
      stdio: 'inherit',
    });
    expect(await once(healthy, 'exit')).toEqual([0, null]);
    const gone = once(job, 'exit');
    expect(script('web-stop.sh').status).toBe(0);
    expect(await gone).toEqual([null, 'SIGTERM']);
    expect([existsSync(pidFile), script('web-stop.sh').status]).toEqual([false, 0]);
  });
});
