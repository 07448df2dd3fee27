import type { Socket } from 'node:dgram';
import type { Server as NetServer } from 'node:net';
import type { InternetAddress, ListenAddress, UnixAddress } from '../sockets/listen-address.js';
import type { BoundAddress } from '../sockets/open-socket.js';

/** Shared sockets, for server and workers. */
export interface Sockets {
  /**
   * In the server: opens a socket before any worker runs, so that a taken port fails here. In a worker: does nothing.
   */
  open(address: ListenAddress): Promise<BoundAddress | undefined>;
  /**
   * In a worker: lets a server (net, http, tls …) accept from a shared port or path. Rejects with the system's error
   * code.
   */
  listen(server: NetServer, address: InternetAddress<'tcp'> | UnixAddress): Promise<BoundAddress>;
  /** In a worker: a shared UDP port. */
  bindUdp(address: { readonly host?: string; readonly port: number }): Promise<Socket>;
}

/** A worker's view of its server, in whatever process the worker runs. */
export interface ParentServer {
  readonly pid: number;
  /** The server's `shared` when the worker was started. For worker processes and threads it must be JSON. */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly sockets: Sockets;
}
