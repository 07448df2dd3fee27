import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { download, type DownloadOptions, type Downloaded } from '../../src/download/download.js';
import { httpServer, type TestServer } from '../support/http-server.js';
import { impatientClock } from '../support/impatient-clock.js';
import { tempDirs } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();
const body = randomBytes(300_000);
let failuresLeft = 0;

const redirect =
  (to: string, status = 302) =>
  (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { location: to }).end();
const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/plain': (_request, response) => void response.writeHead(200, { 'content-length': body.length }).end(body),
  '/chunked': (_request, response) => { response.write(body.subarray(0, 1_000)); response.end(body.subarray(1_000)); },
  '/tagged': (request, response) =>
    void (request.headers['if-none-match'] === '"v1"'
      ? response.writeHead(304).end()
      : response.writeHead(200, { etag: '"v1"' }).end(body)),
  '/dated': (request, response) =>
    void (request.headers['if-modified-since']
      ? response.writeHead(304).end()
      : response.writeHead(200, { 'last-modified': 'Sat, 21 Nov 2026 03:00:00 GMT' }).end(body)),
  '/once': redirect('/plain', 307),
  '/loop': redirect('/loop'),
  '/nowhere': redirect('http://'),
  '/to-file': redirect('file:///etc/passwd'),
  '/elsewhere': redirect('http://localhost:1/x'),
  '/gone': (_request, response) => void response.writeHead(410).end(),
  '/forbidden': (_request, response) => void response.writeHead(403).end(),
  '/broken': (_request, response) => void response.writeHead(503).end(),
  '/flaky': (_request, response) => void (failuresLeft-- > 0 ? response.writeHead(500).end() : response.end(body)),
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 100_000), () => response.destroy());
  },
  '/cut-chunked': (_request, response) => { response.write(body.subarray(0, 100_000), () => response.destroy()); },
  '/silent': () => undefined,
  '/stalls': (_request, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 10));
  },
};

/** The first two connections break after that many bytes. Another body is there from a connection on. */
const breaking =
  (most: number, validator: Readonly<Record<string, string>>, changesAt = Infinity) =>
  (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(from);
    const hasChanged = asked.length > changesAt;
    const isSame = !hasChanged && Object.values(validator).includes(String(request.headers['if-range']));
    const [at, content] = isSame ? [from, body] : [0, hasChanged ? changed : body];
    response.writeHead(isSame ? 206 : 200, {
      'content-length': content.length - at,
      ...(isSame && { 'content-range': `bytes ${at}-${content.length - 1}/${content.length}` }),
      ...validator,
    });
    const isWhole = asked.length > 2 || hasChanged;
    if (isWhole) return void response.end(content.subarray(at));
    response.write(content.subarray(at, at + most), () => response.socket?.end());
  };
const changed = randomBytes(100_000);
let asked: number[] = [];
Object.assign(routes, {
  '/ranges': breaking(120_000, { etag: '"v1"' }),
  '/dated-ranges': breaking(120_000, { 'last-modified': 'Sat, 21 Nov 2026 03:00:00 GMT' }),
  '/weak-ranges': breaking(120_000, { etag: 'W/"v1"' }),
  '/changing': breaking(120_000, { etag: '"v1"' }, 1),
  '/wrong-part': (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('12345'),
});

let server: TestServer;
beforeEach(() => { asked = []; });
beforeAll(async () => { server = await httpServer(routes); });
afterAll(() => server.close());

async function get(path: string, more: Partial<DownloadOptions> = {}): Promise<{ answer: Downloaded; file: string }> {
  const file = join(await tempDir(), 'download');
  const answer = await download(new URL(server.url + path), {
    allowedHosts: [],
    to: file,
    maxBytes: 1e6,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    clock: impatientClock(),
    ...more,
  });
  return { answer, file };
}

async function failing(path: string, more: Partial<DownloadOptions> = {}): Promise<unknown> {
  const file = join(await tempDir(), 'download');
  const failure = await get(path, { to: file, ...more }).catch((error: unknown) => error);
  expect(existsSync(file)).toBe(false);
  return failure;
}

describe('download', () => {
  it.each(['/plain', '/chunked', '/once'])('saves %s whole, and answers its SHA-256', async (path) => {
    const { answer, file } = await get(path);
    expect(answer).toMatchObject({
      isUnchanged: false,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
    expect((await readFile(file)).equals(body)).toBe(true);
  });

  it.each([
    ['/cut', {}, /\/cut: the connection ended after \d+ of 300000 bytes \(tried 3 times\)$/],
    ['/cut-chunked', {}, /\/cut-chunked: the connection ended after \d+ bytes \(tried 3 times\)$/],
    ['/silent', { idleTimeoutMs: 20 }, /\/silent: no answer for 20 ms \(tried 3 times\)$/],
  ])('says of %s which address it was, and how far it got', async (path, more, sentence) => {
    expect(await failing(path, more)).toMatchObject({ message: expect.stringMatching(sentence) });
  });

  it.each(['/ranges', '/dated-ranges'])('goes on where the connection broke: %s', async (path) => {
    const { answer, file } = await get(path);
    const [first, second = 0, third = 0, ...more] = asked;
    expect([first, second > 0, third > second, more]).toEqual([0, true, true, []]);
    expect(answer).toMatchObject({ bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') });
    expect((await readFile(file)).equals(body)).toBe(true);
  });

  it('begins anew where the body has changed in the meantime, and where the server cannot say', async () => {
    const { answer, file } = await get('/changing');
    expect(asked).toEqual([0, expect.any(Number)]);
    expect(answer).toMatchObject({ bytes: changed.length, sha256: createHash('sha256').update(changed).digest('hex') });
    expect((await readFile(file)).equals(changed)).toBe(true);
    asked = [];
    expect((await get('/weak-ranges')).answer).toMatchObject({ bytes: body.length });
    expect(asked).toEqual([0, 0, 0]);
  });

  it('takes no part for the whole', async () => {
    expect(await failing('/wrong-part')).toMatchObject({
      code: 'download_failed',
      message: expect.stringMatching(/\/wrong-part: the server sent another part than it was asked for \(tried 3/),
    });
  });

  it.each(['/tagged', '/dated'])('does not fetch %s again while it is unchanged', async (path) => {
    const { answer } = await get(path);
    if (answer.isUnchanged) throw new Error('nothing was known yet');
    expect((await get(path, { validators: answer.validators })).answer).toEqual({ isUnchanged: true });
  });

  it.each<[string, string, Partial<DownloadOptions>]>([
    ['/missing', 'not_found', {}],
    ['/gone', 'not_found', {}],
    ['/forbidden', 'download_failed', {}],
    ['/broken', 'download_failed', {}],
    ['/cut', 'download_failed', {}],
    ['/cut-chunked', 'download_failed', {}],
    ['/loop', 'download_failed', {}],
    ['/nowhere', 'download_failed', {}],
    ['/to-file', 'bad_url', {}],
    ['/elsewhere', 'bad_url', { allowedHosts: ['127.0.0.1'] }],
    ['/plain', 'bad_url', { allowedHosts: ['example.org'] }],
    ['/plain', 'archive_too_large', { maxBytes: body.length - 1 }],
    ['/chunked', 'archive_too_large', { maxBytes: 5_000 }],
    ['/silent', 'download_failed', { idleTimeoutMs: 20 }],
    ['/stalls', 'download_failed', { idleTimeoutMs: 20 }],
  ])('%s: %s, and nothing is left', async (path, code, more) => {
    expect(await failing(path, more)).toEqual(failsWith(code as 'not_found'));
  });

  it('tries three times if a failure may pass, with growing pauses', async () => {
    const clock = impatientClock();
    failuresLeft = 2;
    expect((await get('/flaky', { clock })).answer).toMatchObject({ bytes: body.length });
    expect(clock.slept).toEqual([500, 2_000]);
    server.asked.length = 0;
    await failing('/missing');
    expect(server.asked).toEqual(['/missing']);
  });

  it('reports a port where nobody listens', async () => {
    const closed = await httpServer({});
    await closed.close();
    await expect(
      download(new URL(closed.url), {
        allowedHosts: [],
        to: join(await tempDir(), 'x'),
        maxBytes: 1,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        clock: impatientClock(),
      }),
    ).rejects.toEqual(failsWith('download_failed'));
  });

  it('stops when it is cancelled, before the body and within it', async () => {
    expect(await failing('/silent', { signal: AbortSignal.abort() })).toEqual(failsWith('cancelled'));
    const cancel = new AbortController();
    expect(await failing('/stalls', { signal: cancel.signal, onProgress: () => cancel.abort() })).toEqual(
      failsWith('cancelled'),
    );
  });
});
