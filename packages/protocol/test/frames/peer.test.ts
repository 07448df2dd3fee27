import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Peer } from '../../src/index.js';

const deadlineMs = 5_000;

describe('a request', () => {
  let server: Server;
  let asking: Peer;
  beforeEach(async () => {
    server = createServer(
      (socket) => new Peer(socket, { onRequest: async (method, params) => ({ heard: method.toUpperCase(), params }) }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a TCP server has one
    await once(socket, 'connect');
    asking = new Peer(socket, {});
  });
  afterEach(() => {
    asking.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const expectGoesOn = () =>
    expect(asking.request('echo', 'hello', { deadlineMs })).resolves.toEqual({ heard: 'ECHO', params: 'hello' });

  it.each([
    ['nested more deeply than MessagePack allows', JSON.parse('['.repeat(200) + ']'.repeat(200)), {}],
    ['larger than a frame', 'x'.repeat(17 * 1024 * 1024), { code: 'frame_too_large' }],
  ])(
    'that is %s fails alone: nobody waits for its answer, and the connection goes on',
    async (_what, params, failure) => {
      await expect(asking.request('echo', params, { deadlineMs })).rejects.toMatchObject(failure);
      await expectGoesOn();
    },
  );

  it('without a method is answered with an error, and the connection goes on', async () => {
    // A stranger may send what the type forbids.
    await expect(asking.request(undefined as never, {}, { deadlineMs })).rejects.toMatchObject({ code: 'bad_command' });
    await expectGoesOn();
  });
});
