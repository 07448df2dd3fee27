import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { parseGoDuration } from '../../src/sipid/go-duration';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('sipid', dir.path);
afterAll(dir.remove);

async function sipid(...args: string[]): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'inherit', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

/** An answer may take what is left of the time, which is less on a slow machine. */
const wholeTime = (said: string): string => said.replaceAll(/within \d{3,4} ms/g, 'within 1500 ms');

describe('sipid claim and kill', () => {
  it('claims for a process, refuses while it runs, kills it and removes the file', async () => {
    const pidFile = join(dir.path, 'made', 'web.pid');
    const child = spawn('sleep', ['600']);
    expect(await sipid('claim', '--pid', String(child.pid), '--pid-file', pidFile)).toEqual({ code: 0, said: '' });
    expect(readFileSync(pidFile, 'utf8')).toBe(`${child.pid}\n`);
    expect(await sipid('claim', '--pid', String(process.pid), '--pid-file', pidFile)).toMatchObject({
      code: 1,
      said: expect.stringContaining('which is running'),
    });
    expect(await sipid('kill', '--pid-file', pidFile, '--show-stacks')).toEqual({ code: 0, said: '' });
    expect([child.signalCode, existsSync(pidFile)]).toEqual(['SIGTERM', false]);
    expect((await sipid('kill', '--pid-file', pidFile)).code).toBe(0);
  });

  it.each([
    ['an empty pid file', ['kill', '--pid-file', 'EMPTY'], 1, 'is empty'],
    ['a garbage pid file', ['kill', '--pid-file', 'GARBAGE'], 1, 'holds "hello"'],
    ['a claim of a garbage pid file', ['claim', '--pid', '1', '--pid-file', 'GARBAGE'], 1, 'holds "hello"'],
    ['a claim of an empty pid file', ['claim', '--pid', String(process.pid), '--pid-file', 'EMPTY'], 0, 'was empty'],
    ['a pid that is none', ['claim', '--pid', '0x10', '--pid-file', 'NEW'], 1, 'process id'],
    ['a missing option', ['claim', '--pid', '1'], 1, '--pid-file'],
    ['an unknown command', ['clam'], 1, 'unknown command'],
    [
      'a bad duration',
      ['wait-until-healthy', '--url', 'http://127.0.0.1:1/', '--timeout', '5 minutes'],
      1,
      'bad duration',
    ],
    ['a claim of a pipe', ['claim', '--pid', '1', '--pid-file', 'PIPE'], 1, 'is a pipe, not a regular file'],
    ['a kill by a pipe', ['kill', '--pid-file', 'PIPE'], 1, 'is a pipe, not a regular file'],
    ['a claim of a device', ['claim', '--pid', '1', '--pid-file', 'DEVICE'], 1, 'is a device, not a regular file'],
    ['a kill by a device', ['kill', '--pid-file', 'DEVICE'], 1, 'is a device, not a regular file'],
    ['a claim of a folder', ['claim', '--pid', '1', '--pid-file', '/tmp/'], 1, 'is a folder, not a regular file'],
    ['a claim of a new folder', ['claim', '--pid', '1', '--pid-file', '/tmp/new-folder/'], 1, 'names a folder'],
    ['an empty path', ['claim', '--pid', '1', '--pid-file', ''], 1, 'the path of the file is empty'],
    ['a bad address', ['wait-until-healthy', '--url', 'ftp://x/'], 1, 'bad url'],
  ])('answers %s with its exit code and a sentence', async (_what, args, code, sentence) => {
    writeFileSync(join(dir.path, 'EMPTY'), '');
    writeFileSync(join(dir.path, 'GARBAGE'), 'hello');
    if (!existsSync(join(dir.path, 'PIPE'))) {
      spawnSync('mkfifo', [join(dir.path, 'PIPE')]);
      symlinkSync('/dev/full', join(dir.path, 'DEVICE'));
    }
    const result = await sipid(...args.map((arg) => (/^[A-Z]+$/.test(arg) ? join(dir.path, arg) : arg)));
    expect(result).toMatchObject({ code, said: expect.stringContaining(sentence) });
    expect(result.said).not.toMatch(/pinky (doctor|\.yml)|pinky\.yml/);
  });
});

describe('sipid wait-until-healthy', () => {
  let server: Server;
  let asked = 0;
  let url = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked += 1;
      if (request.url === '/moved') return void response.writeHead(302, { location: '/healthy' }).end();
      if (request.url === '/hangs') return;
      response.writeHead(request.url === '/healthy' && asked >= 3 ? 200 : 503).end('body');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (asked = 0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(['/healthy', '/moved'])('ends with 0 at the first 200 from %s', async (path) => {
    expect(
      await sipid('wait-until-healthy', '--url', url + path, '--timeout', '1m', '--polling-frequency', '10ms'),
    ).toEqual({ code: 0, said: '' });
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['/sick', '503'],
    ['/hangs', 'last answer: none: it accepted the connection, and did not answer within 1500 ms'],
  ])('ends with 1 when %s was not healthy in time, even if it never answers', async (path, answer) => {
    const { code, said } = await sipid(
      'wait-until-healthy',
      '--url',
      url + path,
      '--timeout',
      '1500ms',
      '--polling-frequency',
      '50ms',
    );
    expect(code).toBe(1);
    expect(said).toContain('was not healthy within 1500 ms');
    expect(wholeTime(said)).toContain(answer);
    expect(said).not.toContain('abort');
  });

  it.each([
    ['says nothing', 'http', () => undefined, 'it accepted the connection, and did not answer within 1500 ms'],
    ['says no TLS', 'https', () => undefined, 'did not answer the TLS handshake within 1500 ms'],
    ['says half a head', 'http', (socket: Socket) => socket.write('HTTP/1.1 2'), 'did not answer within 1500 ms'],
    ['resets', 'http', (socket: Socket) => socket.resetAndDestroy(), 'ended it without a whole answer'],
    ['hangs up', 'http', (socket: Socket) => socket.end(), 'ended it without a whole answer'],
  ])('says of a server which %s that it accepted the connection', async (_what, scheme, behave, sentence) => {
    const odd = createTcpServer((socket) => {
      socket.on('error', () => undefined).once('data', () => void behave(socket));
    }).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const { port } = odd.address() as AddressInfo; // it listens on TCP
    const address = `${scheme}://127.0.0.1:${port}/`;
    const { code, said } = await sipid('wait-until-healthy', '--url', address, '--timeout', '1500ms');
    odd.close();
    expect(code).toBe(1);
    expect(wholeTime(said)).toContain(sentence);
    expect(said).not.toContain('abort');
  });

  it.each([
    ['http://127.0.0.1:1/', 'nobody listens there'],
    ['http://nobody.invalid/', 'no such host'],
  ])('says why %s does not answer', async (address, sentence) => {
    const { code, said } = await sipid('wait-until-healthy', '--url', address, '--timeout', '3s');
    expect(code).toBe(1);
    expect(said).toContain(sentence);
  });
});

it.each([
  ['500ms', 500],
  ['4m', 240_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['0', 0],
  ['2us', 0.002],
])('reads the duration %s', (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms);
});
it.each(['', '5', '-1s', '1 s', 's', '1d'])('refuses the duration %j', (text) => {
  expect(() => parseGoDuration(text)).toThrow(expect.objectContaining({ code: 'bad_option' }));
});
it('shows its three commands', () => {
  const { stdout, status } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
  expect([status, ...['claim', 'kill', 'wait-until-healthy'].map((name) => stdout.includes(name))]).toEqual([
    0,
    true,
    true,
    true,
  ]);
});
