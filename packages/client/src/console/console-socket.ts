import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import type { Connection } from '../requests/connection.js';
import { BoxProblem, problemIn, unreachable } from '../requests/problem.js';
import type { ConsoleMessage } from './console-message.js';

/** A box pings every 20 s. A connection on which nothing comes for three times as long is dead. Milliseconds. */
const silentMs = 60_000;

/** One WebSocket of a live console. */
export class ConsoleSocket {
  readonly #socket: WebSocket;
  /** Begun before the socket is open, because the first messages come with the answer that opens it. */
  readonly #said: AsyncIterable<unknown[]>;

  private constructor(private readonly connection: Connection, path: string) {
    const { url, token } = connection;
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    this.#socket.on('error', () => this.#socket.terminate());
    this.#said = on(this.#socket, 'message', { close: ['close'] });
  }

  /** Throws a `BoxProblem`: the refusal, or `unreachable`. */
  static async open(connection: Connection, path: string): Promise<ConsoleSocket> {
    const { url } = connection;
    const one = new ConsoleSocket(connection, path);
    await new Promise<void>((resolve, reject) => {
      one.#socket.once('open', resolve);
      one.#socket.once('error', (cause) => reject(unreachable(url, cause)));
      one.#socket.once('unexpected-response', (_request, response) => void refusalIn(response, url).then(reject));
    });
    return one;
  }

  /** The box's messages, until the connection ends. Throws `unauthorized` if the token was revoked. */
  async *messages(signal: AbortSignal | undefined): AsyncGenerator<ConsoleMessage> {
    const gone = new AbortController();
    const end = (): void => this.#socket.terminate();
    signal?.addEventListener('abort', end, { signal: gone.signal });
    void this.#watch(gone.signal);
    try {
      for await (const [data] of this.#said) {
        const message = JSON.parse(String(data)) as ConsoleMessage | { readonly type: 'revoked' }; // docs/api.md
        if (message.type === 'revoked') throw revoked();
        yield message;
      }
    } catch (failure) {
      throw failure instanceof BoxProblem ? failure : unreachable(this.connection.url, failure);
    } finally {
      gone.abort();
      end();
    }
  }

  /** Tells the box how far we are: it sends no more than 1 MiB beyond that. */
  acknowledge(run: string, offset: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ type: 'ack', run, offset }));
  }

  async #watch(gone: AbortSignal): Promise<void> {
    let isSilent = false;
    for (const sign of ['ping', 'message']) this.#socket.on(sign, () => { isSilent = false; });
    while (!gone.aborted && !isSilent) {
      isSilent = true;
      await this.connection.clock.sleep(silentMs, gone).catch(() => undefined); // it is over
    }
    this.#socket.terminate();
  }
}

async function refusalIn(response: IncomingMessage, url: string): Promise<BoxProblem> {
  const { statusCode: status = 0, headers } = response;
  const said = await text(response).catch(() => ''); // cut off: the status says enough
  return problemIn(said, { status, url, retryAfter: headers['retry-after'] ?? null });
}

const revoked = (): BoxProblem =>
  new BoxProblem({
    code: 'unauthorized',
    detail: 'the token was revoked',
    remedy: '`pinky token create` makes another one',
    status: 401,
  });
