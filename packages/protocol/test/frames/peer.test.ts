import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { Peer } from '../../src/index.js';

/** Two ends of one connection; the second answers every request with what it was asked. */
async function connected(): Promise<{ asking: Peer; end: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const asking = new Peer(connect(address.port, '127.0.0.1'), {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  new Peer(socket, { onRequest: async (_method, params) => params });
  return { asking, end: () => { asking.destroy(); server.close(); } };
}

const deadlineMs = 5_000;

describe('a request', () => {
  it.each([
    ['nested more deeply than MessagePack carries', JSON.parse('['.repeat(200) + ']'.repeat(200)), {}],
    ['larger than a frame', 'x'.repeat(17 * 1024 * 1024), { code: 'frame_too_large' }],
  ])('that is %s fails alone: nobody waits for its answer, and the connection is as it was', async (_what, params, failure) => {
    const { asking, end } = await connected();
    await expect(asking.request('echo', params, { deadlineMs })).rejects.toMatchObject(failure);
    await expect(asking.request('echo', 'hello', { deadlineMs })).resolves.toBe('hello');
    end();
  });
});
