import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { SocketManager } from './socket-manager.js';
import type { Sockets } from '../server/parent-server.js';

/** The server's own use of its shared sockets. `listen` and `bindUdp` are for embedded workers, which share nothing. */
export const serverSockets = (manager: SocketManager): Sockets => ({
  open: (address) => manager.open(address),
  listen: async (server, address) => {
    server.listen(
      'path' in address
        ? { path: address.path }
        : { port: address.port, ...(address.host !== undefined && { host: address.host }) },
    );
    await once(server, 'listening');
    const bound = server.address();
    return typeof bound === 'object' && bound !== null
      ? { host: bound.address, port: bound.port }
      : { host: bound ?? '', port: 0 };
  },
  bindUdp: async ({ host, port }) => {
    const socket = createSocket(host?.includes(':') ? 'udp6' : 'udp4');
    socket.bind(port, host);
    await once(socket, 'listening');
    return socket;
  },
});
