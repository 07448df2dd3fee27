import { connect, type Socket } from 'node:net';

/** A player with telnet, who types lines and can wait for the game's answer. */
export class LinePlayer {
  readonly #socket: Socket;
  #text = '';
  readonly closed: Promise<void>;

  constructor(port: number, name: string) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => (this.#text += text));
    this.#socket.on('error', () => this.#socket.destroy());
    this.closed = new Promise((done) => this.#socket.once('close', () => done()));
    this.type(name);
  }

  type(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\n`).join(''));
  }

  bytes(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  get text(): string {
    return this.#text;
  }

  hears(wanted: RegExp | string): Promise<void> {
    const isThere = () => (typeof wanted === 'string' ? this.#text.includes(wanted) : wanted.test(this.#text));
    return new Promise((heard) => {
      const listen = () => {
        if (!isThere()) return;
        this.#socket.off('data', listen);
        heard();
      };
      this.#socket.on('data', listen);
      listen();
    });
  }

  leave(): void {
    this.#socket.destroy();
  }
}
