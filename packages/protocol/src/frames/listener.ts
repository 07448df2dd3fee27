import { chmodSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../errors.js';
import { systemClock } from '../time/clock.js';
import { Lifetime, type LongLived } from '../time/lifetime.js';
import { toWholeSecond } from '../time/whole-seconds.js';
import { Peer, type PeerHandlers } from './peer.js';

export interface ListenerHandlers extends PeerHandlers {
  readonly onPeer?: (peer: Peer) => void;
  /** The path had been removed. It is bound again, or cannot be: each look tries again, and a failure is told once. */
  readonly onBoundAgain?: (failure?: unknown) => void;
}

/** Between two looks whether the path is still our socket, milliseconds. */
const lookMs = 1_000;

/**
 * The answering end: a Unix socket, 0600, whose path is taken over from a dead owner. The caller owns the home, so two
 * listeners never compete for one path. A socket that somebody removed (a cleaner of /tmp, say) cannot be reached any
 * more, and the kernel tells its owner nothing. So the owner looks, and binds the path again. Connections stay.
 */
export class Listener implements LongLived {
  readonly peers = new Set<Peer>();
  readonly #life = new Lifetime({ begin: () => this.#begin(), end: () => this.#close() });
  #server: Server | undefined;
  #inode: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBinding = false;
  /** The failure that was told last. */
  #told: string | undefined;

  constructor(private readonly path: string, private readonly handlers: ListenerHandlers) {}

  /** Throws the kernel's own error where the path cannot be bound. */
  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  /** Closes the socket and every connection on it. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #begin(): Promise<void> {
    await this.#bind();
    this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => {
      this.#lookLater();
      this.#look();
    }, toWholeSecond(lookMs, systemClock.now())).unref();
  }

  async #bind(): Promise<void> {
    this.#server?.close(); // first: it removes its path, whoever bound that meanwhile
    rmSync(this.path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
    chmodSync(this.path, 0o600);
    this.#inode = inodeAt(this.path);
  }

  #accept(socket: Socket): void {
    const peer = new Peer(socket, {
      ...this.handlers,
      onClose: (closed, cause) => {
        this.peers.delete(closed);
        this.handlers.onClose?.(closed, cause);
      },
    });
    this.peers.add(peer);
    this.handlers.onPeer?.(peer);
  }

  #look(): void {
    if (this.#isBinding || (this.#inode !== undefined && inodeAt(this.path) === this.#inode)) return;
    this.#isBinding = true;
    this.#inode = undefined;
    const bound = this.#bind().then(
      () => this.#bound(),
      (failure: unknown) => this.#notBound(failure),
    );
    this.#life.add(bound.finally(() => { this.#isBinding = false; }));
  }

  #bound(): void {
    this.#told = undefined;
    this.handlers.onBoundAgain?.();
  }

  #notBound(failure: unknown): void {
    const text = messageOf(failure);
    if (text === this.#told) return;
    this.#told = text;
    this.handlers.onBoundAgain?.(failure);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const server = this.#server;
    for (const peer of this.peers) peer.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const inodeAt = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;
