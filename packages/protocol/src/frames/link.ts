import { connect, type Socket } from 'node:net';
import { PinkyError } from '../errors.js';
import { Lifetime, type LongLived } from '../time/lifetime.js';
import { Peer, type PeerHandlers, type RequestOptions } from './peer.js';
import type { Message } from './messages.js';

/** Where a link goes: the path of a Unix socket, or a TCP host and port. */
export type LinkAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface LinkOptions extends Omit<PeerHandlers, 'onClose'> {
  /** The first messages on every new connection: who we are, and what is true now. */
  readonly greet: () => readonly Message[];
  readonly onConnected?: (peer: Peer) => void;
  readonly onDisconnected?: () => void;
  /** Pauses between attempts, milliseconds. They double from the first to the longest. Default 20 and 500. */
  readonly retryMs?: { readonly first: number; readonly longest: number };
}

/** How long a stopped link waits for the other end to close its half of the connection, milliseconds. */
const closeWithinMs = 2_000;

/**
 * The calling end: connects, reconnects for ever, and says who it is each time. It keeps no message while it is away,
 * so `greet` must say again what must not be lost.
 */
export class Link implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#connect(), end: () => this.#disconnect() });
  #peer: Peer | undefined;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs: number;
  readonly #retry: { readonly first: number; readonly longest: number };

  constructor(private readonly address: LinkAddress, private readonly options: LinkOptions) {
    this.#retry = options.retryMs ?? { first: 20, longest: 500 };
    this.#pauseMs = this.#retry.first;
  }

  /** The live connection, or undefined while there is none. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  /** Begins to connect. Nobody need listen yet. */
  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  /** Ends the connection after the other end has read what was said, or 2 s later if the other end hangs. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** False while there is no connection. */
  send(message: Message): boolean {
    return this.#peer?.send(message) ?? false;
  }

  request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    if (!this.#peer) return Promise.reject(new PinkyError('connection_lost', `${method}: not connected`));
    return this.#peer.request(method, params, options);
  }

  #connect(): void {
    const socket = connect(this.address);
    this.#socket = socket;
    socket.once('connect', () => this.#connected(socket));
    socket.on('error', () => undefined); // 'close' follows, and tries again
    socket.once('close', () => this.#closed());
  }

  #connected(socket: Socket): void {
    this.#pauseMs = this.#retry.first;
    const { onMessage, onRequest } = this.options;
    const peer = new Peer(socket, { ...(onMessage && { onMessage }), ...(onRequest && { onRequest }) });
    this.#peer = peer;
    for (const message of this.options.greet()) peer.send(message);
    this.options.onConnected?.(peer);
  }

  #closed(): void {
    const wasConnected = this.#peer !== undefined;
    this.#peer = undefined;
    this.#socket = undefined;
    if (wasConnected) this.options.onDisconnected?.();
    if (this.#life.signal.aborted) return;
    this.#timer = setTimeout(() => this.#connect(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#retry.longest);
  }

  async #disconnect(): Promise<void> {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (this.#peer) this.#peer.end();
    else socket.destroy();
    const hangs = setTimeout(() => socket.destroy(), closeWithinMs).unref();
    await closed;
    clearTimeout(hangs);
  }
}

/** One request over a connection of its own, for callers that come and go such as the command line. */
export async function requestOnce(
  address: LinkAddress,
  method: string,
  params: unknown,
  options: RequestOnceOptions,
): Promise<unknown> {
  const { greet = [], signal } = options;
  const peer = await openPeer(address, {});
  const letGo = (): void => peer.destroy();
  signal?.addEventListener('abort', letGo, { once: true });
  try {
    if (signal?.aborted) letGo();
    for (const message of greet) peer.send(message);
    const answer = await peer.request(method, params, options);
    peer.end();
    return answer;
  } catch (error) {
    letGo(); // a hung peer would never end its half, and this process would wait for it
    throw error;
  } finally {
    signal?.removeEventListener('abort', letGo);
  }
}

export interface RequestOnceOptions extends RequestOptions {
  /** Messages before the request. */
  readonly greet?: readonly Message[];
  /** Ends the connection, and the request with `connection_lost`. The other end goes on with the request. */
  readonly signal?: AbortSignal;
}

/** A connection that is not renewed. Throws `connection_lost` if nobody listens. */
export function openPeer(address: LinkAddress, handlers: PeerHandlers): Promise<Peer> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    const onError = (cause: Error): void =>
      reject(new PinkyError('connection_lost', `nobody answers at ${describe(address)}`, { cause }));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(new Peer(socket, handlers));
    });
  });
}

const describe = (address: LinkAddress): string =>
  'path' in address ? address.path : `${address.host}:${address.port}`;
