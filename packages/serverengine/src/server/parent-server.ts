import type { Socket } from 'node:dgram';
import type { Server as NetServer } from 'node:net';
import type { InternetAddress, ListenAddress, UnixAddress } from '../sockets/listen-address.js';
import type { BoundAddress } from '../sockets/open-socket.js';

/** Shared sockets, as server and workers use them. */
export interface Sockets {
  /**
   * In the server: opens a socket ahead of any worker, so that a port that is taken fails there. In a worker there is
   * nothing to do.
   */
  open(address: ListenAddress): Promise<BoundAddress | undefined>;
  /** In a worker: has a server (net, http, tls …) accept from a shared port or path. Rejects with the system's code. */
  listen(server: NetServer, address: InternetAddress<'tcp'> | UnixAddress): Promise<BoundAddress>;
  /** In a worker: a shared UDP port. */
  bindUdp(address: { readonly host?: string; readonly port: number }): Promise<Socket>;
}

/** What a worker sees of its server, wherever it lives. */
export interface ServerView {
  readonly pid: number;
  /**
   * What the server put into its own `shared` before the worker was started. Has to be JSON for worker processes and
   * threads.
   */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly sockets: Sockets;
}
