import { once } from 'node:events';
import { connect } from 'node:net';
import { ApiHome } from '../support/api-home';

const home = new ApiHome();
beforeAll(() => home.start());
afterAll(() => home.end());

/** Everything that is answered to these bytes. */
async function answerTo(bytes: string): Promise<{ head: string; problem: unknown }> {
  const socket = connect(home.server?.address?.port ?? 0, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => { said += chunk; });
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = said.split('\r\n\r\n');
  return { head, problem: JSON.parse(body) };
}

it.each([
  ['a path that cannot be decoded', 'GET /v1/servers/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n', 400,
    'bad_request'],
  ['a request that names no host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 421, 'bad_host'],
  ['bytes that are no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
  ['headers that are too large', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 413,
    'too_large'],
])('%s get a problem with a code and a way out', async (_, bytes, status, code) => {
  const { head, problem } = await answerTo(bytes);
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(head.toLowerCase()).toContain('x-content-type-options: nosniff');
  expect(problem).toMatchObject({ status, code, remedy: expect.stringMatching(/./) });
  expect(JSON.stringify(problem)).not.toContain(home.home);
});
