import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Peer } from '../../src/index.js';

describe('a peer', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer((socket) => new Peer(socket, { onRequest: async (method) => method.toUpperCase() }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('tells a stranger whose request names no method so, and goes on', async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a TCP server has one
    await once(socket, 'connect');
    const stranger = new Peer(socket, {});
    try {
      await expect(stranger.request(undefined as never, {}, { deadlineMs: 5_000 })).rejects.toMatchObject({ code: 'bad_command' }); // what a type forbids, a stranger sends
      expect(await stranger.request('greet', {}, { deadlineMs: 5_000 })).toBe('GREET');
    } finally {
      stranger.destroy();
    }
  });
});
