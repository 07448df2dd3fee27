import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How a little RCON server answers; games differ in all of this. */
export interface RconHabits {
  readonly password?: string;
  /** The replies to a command, packet by packet. None: the server says nothing. */
  readonly reply?: (command: string) => readonly string[];
  /** Source sends an empty reply before it says whether the password is right. */
  readonly isSource?: boolean;
  /** Sends each byte on its own, as a slow network may. */
  readonly isSlow?: boolean;
  /** Sends this instead of packets. */
  readonly noise?: Buffer;
}

interface Sent {
  readonly id: number;
  readonly type: number;
  readonly body: string;
}

const packet = (id: number, type: number, body: string): Buffer => {
  const text = Buffer.from(body);
  const bytes = Buffer.alloc(14 + text.length);
  bytes.writeInt32LE(10 + text.length, 0);
  bytes.writeInt32LE(id, 4);
  bytes.writeInt32LE(type, 8);
  text.copy(bytes, 12);
  return bytes;
};

/** A little RCON server on loopback, which keeps what it was told. */
export class RconServer {
  readonly heard: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(private readonly habits: RconHabits = {}) {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port; // a TCP server has an address of this form
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (more: Buffer) => {
      if (this.habits.noise) return void socket.write(this.habits.noise);
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32LE(0)) {
        const size = 4 + bytes.readInt32LE(0);
        const body = bytes.toString('utf8', 12, size - 2);
        this.#obey(socket, { id: bytes.readInt32LE(4), type: bytes.readInt32LE(8), body });
        bytes = bytes.subarray(size);
      }
    });
  }

  #obey(socket: Socket, { id, type, body }: Sent): void {
    const { password = 'secret', isSource, reply = (command) => [`done: ${command}`] } = this.habits;
    if (type === 3) {
      if (isSource) this.#send(socket, packet(id, 0, ''));
      return this.#send(socket, packet(body === password ? id : -1, 2, ''));
    }
    this.heard.push(body);
    for (const part of reply(body)) this.#send(socket, packet(id, 0, part));
  }

  #send(socket: Socket, bytes: Buffer): void {
    if (!this.habits.isSlow) return void socket.write(bytes);
    for (const byte of bytes) socket.write(Buffer.from([byte]));
  }
}
