import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Lifetime, type LongLived } from '../time/lifetime.js';
import { Peer, type PeerHandlers } from './peer.js';

/**
 * The answering end: a Unix socket, 0600, whose path is taken over from a dead owner. The caller owns the home, so two
 * listeners never compete for one path.
 */
export class Listener implements LongLived {
  readonly peers = new Set<Peer>();
  readonly #life = new Lifetime({ begin: () => this.#listen(), end: () => this.#close() });
  #server: Server | undefined;

  constructor(
    private readonly path: string,
    private readonly handlers: PeerHandlers & { readonly onPeer?: (peer: Peer) => void },
  ) {}

  /** Throws the kernel's own error where the path cannot be bound. */
  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  /** Closes the socket and every connection on it. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #listen(): Promise<void> {
    rmSync(this.path, { force: true });
    const server = createServer((socket) => {
      const peer = new Peer(socket, {
        ...this.handlers,
        onClose: (closed, cause) => {
          this.peers.delete(closed);
          this.handlers.onClose?.(closed, cause);
        },
      });
      this.peers.add(peer);
      this.handlers.onPeer?.(peer);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
    chmodSync(this.path, 0o600);
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    for (const peer of this.peers) peer.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
