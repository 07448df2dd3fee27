import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { PinkyError } from '@pinky/protocol/base';
import { resolveAddress } from './listen-address.js';
import { removeLeftBehind } from './open-socket.js';
import type { SocketManager } from './socket-manager.js';
import type { Sockets } from '../server/parent-server.js';

/**
 * The server's own use of its shared sockets. `listen` and `bindUdp` are for embedded workers, which share nothing.
 * They take the same addresses as everywhere.
 */
export const serverSockets = (manager: SocketManager): Sockets => ({
  open: (address) => manager.open(address),
  listen: async (server, address) => {
    const at = await resolveAddress(address);
    if (at.protocol === 'unix') await removeLeftBehind(at.path);
    server.listen(at.protocol === 'unix' ? { path: at.path } : {
      port: at.port,
      host: at.host,
      ipv6Only: at.family === 6,
    });
    await once(server, 'listening');
    const bound = server.address();
    return typeof bound === 'object' && bound !== null
      ? { host: bound.address, port: bound.port }
      : { host: bound ?? '', port: 0 };
  },
  bindUdp: async (address) => {
    const at = await resolveAddress({ ...address, protocol: 'udp' });
    if (at.protocol === 'unix') throw new PinkyError('internal', 'a UDP port has no path');
    const socket = createSocket({ type: at.family === 6 ? 'udp6' : 'udp4', ipv6Only: at.family === 6 });
    socket.bind(at.port, at.host);
    await once(socket, 'listening');
    return socket;
  },
});
