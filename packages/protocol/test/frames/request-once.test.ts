import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestOnce } from '../../src/index.js';

describe('one request over a connection of its own', () => {
  let dir: string;
  let server: Server;
  let sockets: Socket[];
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'request-once-'));
    sockets = [];
    server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined); // EPIPE if the other end is gone
      sockets.push(socket);
    }).listen(join(dir, 'hung.sock'));
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(dir, { recursive: true });
  });

  it('lets go of a hung peer, which never ends its half of the connection', async () => {
    await expect(requestOnce({ path: join(dir, 'hung.sock') }, 'ps', {}, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    const [socket] = sockets;
    const failure = await new Promise((resolve) =>
      socket?.resume().once('end', () => socket.write('an answer after all', resolve)),
    );
    expect(failure).toMatchObject({ code: 'EPIPE' });
  });
});
