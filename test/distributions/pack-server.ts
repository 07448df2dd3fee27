import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const blockBytes = 1024 * 1024;

/** A funpack of any size as a tar, made while it is sent: one small manifest, and one file that fills it. */
export class MadePack {
  readonly dataBytes: number;
  readonly bytes: number;
  readonly #block = randomBytes(blockBytes);
  readonly #head: Buffer;

  constructor(mebibytes: number) {
    this.dataBytes = mebibytes * blockBytes;
    const manifest = Buffer.from(JSON.stringify({ name: 'large', version: '1', run: '/bin/true' }));
    const padded = Buffer.concat([manifest, Buffer.alloc(512 - (manifest.length % 512))]);
    this.#head = Buffer.concat([
      header('funpack.json', manifest.length), padded, header('data.bin', this.dataBytes),
    ]);
    this.bytes = this.#head.length + this.dataBytes + 1024;
  }

  /** The bytes from `at` on, up to `to`. */
  *pieces(at: number, to: number): Generator<Buffer> {
    for (let offset = at; offset < to;) {
      const piece = this.#at(offset).subarray(0, to - offset);
      yield piece;
      offset += piece.length;
    }
  }

  sums(): { readonly sha256: string; readonly md5: string } {
    const [sha256, md5] = [createHash('sha256'), createHash('md5')];
    for (const piece of this.pieces(0, this.bytes)) for (const hash of [sha256, md5]) hash.update(piece);
    return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
  }

  #at(offset: number): Buffer {
    if (offset < this.#head.length) return this.#head.subarray(offset);
    const inData = offset - this.#head.length;
    if (inData >= this.dataBytes) return Buffer.alloc(this.bytes - offset);
    return this.#block.subarray(inData % blockBytes);
  }
}

/** A header of ustar for a plain file. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        0', 148);
  block.write('ustar\u000000', 257);
  block.write(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Serves a pack, and knows ranges. Each request for all of it all but stops in the middle, until `cut` ends it. */
export class PackServer {
  /** Where each request began, in their order. */
  readonly begins: number[] = [];
  sentBytes = 0;
  readonly #held: ServerResponse[] = [];
  readonly #server: Server;
  #isCutting = true;

  constructor(readonly pack: MadePack) {
    this.#server = createServer((request, response) => void this.#answer(request, response).catch(() => undefined));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/large.tar`;
  }

  /** How many have half of it, and wait. */
  get held(): number {
    return this.#held.length;
  }

  /** Ends the connections that wait in the middle. */
  cut(): void {
    for (const response of this.#held.splice(0)) response.destroy();
  }

  /** From now on a whole request gets the whole pack. */
  stopCutting(): void {
    this.#isCutting = false;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer({ headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const { bytes } = this.pack;
    this.begins.push(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"the-only-one"',
      'content-length': bytes - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes - 1}/${bytes}` }),
    });
    const isHeld = from === 0 && this.#isCutting;
    const half = isHeld ? Math.floor(bytes / 2) : bytes;
    await this.#send(response, from, half);
    if (!isHeld) return void response.end();
    this.#held.push(response);
    // Slowly on, so that there is progress to be told.
    for (let at = half; !response.destroyed && at < bytes; at += 4_096) {
      await this.#send(response, at, at + 4_096);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #send(response: ServerResponse, from: number, to: number): Promise<void> {
    for (const piece of this.pack.pieces(from, to)) {
      this.sentBytes += piece.length;
      if (!response.write(piece)) await once(response, 'drain');
    }
  }
}
