import type { paths } from '@pinky/client/api';
import createClient, { type Client } from 'openapi-fetch';
import { machineClock, type ClientClock } from './client-clock.js';
import { Patience } from './patience.js';
import { BoxProblem, problemIn, unreachable } from './problem.js';

/** Every route of the API as its document has it: `api.GET('/v1/servers/{id}', { params: { path: { id } } })`. */
export type BoxApi = Client<paths>;

export interface ClientOptions {
  /** Address of the API, as `pinky api address` prints it, or that of a proxy before it. Else `bad_option`. */
  readonly url: string;
  /** A token, as `pinky token create` prints it. */
  readonly token: string;
  /** How long the box may be away until a change or a stream gives up. Milliseconds. Default 60 000. */
  readonly patienceMs?: number;
  /** Default: Node's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Default: that of the machine. */
  readonly clock?: ClientClock;
}

interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

const defaultPatienceMs = 60_000;

/** One box, with the token that opens it. */
export class Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  readonly clock: ClientClock;
  readonly #fetch: typeof globalThis.fetch;
  readonly #patienceMs: number;

  constructor({ url, token, patienceMs, fetch, clock }: ClientOptions) {
    this.url = readableUrl(url);
    this.token = token;
    this.clock = clock ?? machineClock;
    this.#fetch = fetch ?? globalThis.fetch;
    this.#patienceMs = patienceMs ?? defaultPatienceMs;
  }

  patience(): Patience {
    return new Patience(this.clock, this.#patienceMs);
  }

  /** The routes. Each request has these headers too, and ends with the signal. Refusals are thrown as `BoxProblem`. */
  api({ headers = {}, signal }: Sending = {}): BoxApi {
    return createClient<paths>({
      baseUrl: this.url,
      headers,
      fetch: (request) => this.#ask(signal ? new Request(request, { signal }) : request),
    });
  }

  /** A GET of a path with its query. Throws a `BoxProblem` for every answer but a good one. */
  get(path: string, { headers = {}, signal }: Sending = {}): Promise<Response> {
    return this.#ask(new Request(`${this.url}${path}`, { headers, ...(signal && { signal }) }));
  }

  async #ask(request: Request): Promise<Response> {
    request.headers.set('authorization', `Bearer ${this.token}`);
    const response = await this.#sent(request);
    if (response.ok) return response;
    const text = await response.text().catch(() => ''); // cut off: the status says enough
    const retryAfter = response.headers.get('retry-after');
    throw problemIn(text, { status: response.status, url: this.url, retryAfter });
  }

  /**
   * Where the API is replaced, every connection that was kept fails once, and so do new ones until the old one has let
   * go of its port. Only a read can be sent again.
   */
  async #sent(request: Request): Promise<Response> {
    if (request.method !== 'GET') return this.#fetch(request).catch((cause: unknown) => this.#lost(request, cause));
    const giveUpAt = this.clock.now() + staleMs;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#fetch(request.clone());
      } catch (cause) {
        if (!isStale(cause) || this.clock.now() >= giveUpAt) return this.#lost(request, cause);
      }
      if (tries > 1) await this.clock.sleep(stalePauseMs, request.signal);
    }
  }

  #lost(request: Request, cause: unknown): never {
    request.signal.throwIfAborted();
    throw unreachable(this.url, cause);
  }
}

/** How long connections may turn out to be stale, and the pause from the third try on. Milliseconds. */
const staleMs = 1_000;
const stalePauseMs = 20;

/** The request went out on a connection that was kept, and whose other end had left meanwhile. */
function isStale(failure: unknown): boolean {
  const { code } = (failure instanceof Error ? (failure.cause ?? {}) : {}) as { readonly code?: unknown };
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(code));
}

function readableUrl(url: string): string {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new BoxProblem({
    code: 'bad_option',
    detail: `url: ${JSON.stringify(url)} is no address of the form http://127.0.0.1:7465`,
    remedy: '`pinky api address` prints the address of a box',
    field: 'url',
  });
}
