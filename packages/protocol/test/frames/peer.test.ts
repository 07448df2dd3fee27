import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { deferred, Peer } from '../../src/index.js';

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

describe('an end that has said its last word', () => {
  it('sends nothing more, and loses nothing of what the other end has not read yet', async () => {
    const heard: unknown[] = [];
    const accepted = deferred<Socket>();
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => accepted.resolve(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a TCP server has one
    await once(socket, 'connect');
    const leaving = new Peer(socket, {});
    const large = 'x'.repeat(4 * 1024 * 1024); // more than the kernel holds
    expect(leaving.send({ type: 'feed', json: large })).toBe(true);
    leaving.end();
    expect(leaving.send({ type: 'feed', json: 'late' })).toBe(false);
    await expect(leaving.request('late', {}, { deadlineMs })).rejects.toMatchObject({ code: 'connection_lost' });
    const slow = await accepted.promise;
    new Peer(slow, { onMessage: (message) => heard.push(message.type === 'feed' && message.json.length) });
    await once(slow.resume(), 'end');
    expect(heard).toEqual([large.length]);
    slow.destroy();
    leaving.destroy();
    server.close();
  });
});
