import { createConnection, type Socket } from 'node:net';
import { errnoOf, type Clock } from '@pinky/protocol';
import { cannotTell, maxReplyBytes } from './channel.js';

export interface TcpAddress {
  readonly serverId: string;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** How long a game may take to accept a connection, milliseconds. */
const connectMs = 3_000;

/** One short connection to a game's own TCP port. Everything that comes is kept until it is taken. */
export class TcpTalk {
  #received: Buffer = Buffer.alloc(0);
  #isOver = false;
  #failure: string | undefined;
  #changed = new AbortController();

  private constructor(private readonly socket: Socket, private readonly address: TcpAddress) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => { this.#failure ??= errnoOf(error) ?? error.message; });
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Throws `order_failed` if nobody accepts the connection. */
  static async connect(address: TcpAddress): Promise<TcpTalk> {
    const { host, port, serverId, clock } = address;
    const socket = createConnection({ host, port });
    const talk = new TcpTalk(socket, address);
    const connected = new AbortController();
    socket.once('connect', () => connected.abort());
    socket.once('close', () => connected.abort());
    await clock.rest(connectMs, connected.signal);
    if (!socket.connecting && !socket.destroyed) return talk;
    socket.destroy();
    throw cannotTell(serverId, `${host}:${port} does not answer (${talk.#failure ?? 'no connection in time'})`);
  }

  /** The bytes that are not taken yet. */
  get received(): Buffer {
    return this.#received;
  }

  /** The other end has closed the connection. */
  get isOver(): boolean {
    return this.#isOver;
  }

  taken(bytes: number): void {
    this.#received = this.#received.subarray(bytes);
  }

  write(bytes: Buffer): void {
    if (!this.#isOver) this.socket.write(bytes);
  }

  /** The first thing that is found in what comes. Undefined after the time, and once the connection is over. */
  async until<T>(find: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const { clock } = this.address;
    const endsAt = clock.now() + timeoutMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const leftMs = endsAt - clock.now();
      if (this.#isOver || leftMs <= 0) return undefined;
      this.#changed = new AbortController();
      await clock.rest(leftMs, this.#changed.signal);
    }
  }

  /** Lets the game have what was written, and ends. */
  close(): void {
    this.socket.end(() => this.socket.destroy());
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#received.length > maxReplyBytes) this.socket.destroy(); // nobody reads as much
    this.#wake();
  }

  #wake(): void {
    this.#changed.abort();
  }
}
