import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** One request that came. */
export interface Heard {
  readonly id: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
  // Each test knows what it sent.
  readonly json: any; // eslint-disable-line typescript/no-explicit-any
}

/** A status, one with headers, or no answer at all: the connection is cut. */
export type ReceiverAnswer = number | { readonly status: number; readonly headers: Record<string, string> } | 'cut';

/** A receiver of webhooks on the loopback address. */
export class Receiver {
  readonly heard: Heard[] = [];
  /** Those that were answered with 2xx. */
  readonly taken: Heard[] = [];
  /** `nth` counts the requests from 1. */
  answer: (heard: Heard, nth: number) => ReceiverAnswer = () => 204;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const heard: Heard = {
        id: String(request.headers['webhook-id'] ?? ''),
        path: request.url ?? '',
        headers: request.headers,
        body,
        at: Date.now(),
        json: jsonOf(body),
      };
      this.heard.push(heard);
      const answer = this.answer(heard, this.heard.length);
      if (answer === 'cut') return void request.socket.destroy();
      const { status, headers } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
      if (status >= 200 && status < 300) this.taken.push(heard);
      response.writeHead(status, headers).end();
    });
  });

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on TCP
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  async end(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is no JSON
  }
}
