import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { errnoOf, messageOf } from '@pinky/protocol';
import type { AddressGuard } from './address-guard.js';

/** One request, ready to go out. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The outcome of one try. `gone`: the receiver wants nothing more, ever. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly status: number; readonly ms: number }
  | { readonly kind: 'gone'; readonly status: number; readonly ms: number }
  | {
    readonly kind: 'failed';
    readonly because: string;
    readonly ms: number;
    readonly status?: number;
    /** The receiver asks for so much patience. */
    readonly retryAfterMs?: number;
  };

/** How long a receiver may take to answer, milliseconds. Standard Webhooks advises 15 to 30 s. */
const answerMs = 15_000;
/** An answer is read so far, bytes, so that its connection can be used again. */
const answerBytes = 64 * 1024;
/** Nobody is obeyed who asks for more patience than this, milliseconds. */
const mostPatienceMs = 24 * 3_600_000;

/** Sends requests to the outside. It follows no redirect: the receiver's answer is what counts, whatever it is. */
export class Sender {
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, maxFreeSockets: 2 }),
    'https:': new HttpsAgent({ keepAlive: true, maxFreeSockets: 2 }),
  };

  constructor(
    private readonly guard: AddressGuard,
    private readonly clock: { readonly now: () => number; readonly wallNow: () => number },
  ) {}

  /** Never throws: what goes wrong is the outcome. */
  async send(post: Post, signal: AbortSignal): Promise<Outcome> {
    const from = this.clock.now();
    const ms = (): number => Math.round(this.clock.now() - from);
    try {
      const response = await this.#requestInTime(post, signal);
      const { statusCode: status = 0, headers } = response;
      if (status >= 200 && status < 300) return { kind: 'accepted', status, ms: ms() };
      if (status === 410) return { kind: 'gone', status, ms: ms() };
      const retryAfterMs = patienceOf(headers['retry-after'], this.clock.wallNow());
      return {
        kind: 'failed',
        because: `it answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`,
        status,
        ms: ms(),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      };
    } catch (error) {
      return { kind: 'failed', because: reasonOf(error), ms: ms() };
    }
  }

  stop(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #requestInTime(post: Post, signal: AbortSignal): Promise<IncomingMessage> {
    const over = new AbortController();
    const late = setTimeout(() => over.abort(new Error(`no answer within ${answerMs / 1_000} s`)), answerMs);
    const onAbort = (): void => over.abort(new Error('it was cut off'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await this.#request(post, over.signal);
    } catch (error) {
      throw over.signal.aborted ? over.signal.reason : error;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #request({ url, headers, body }: Post, signal: AbortSignal): Promise<IncomingMessage> {
    const target = new URL(url);
    const { protocol, hostname } = target;
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`${protocol} is neither http nor https`);
    this.guard.assertLiteral(hostname);
    const request: typeof httpRequest = protocol === 'http:' ? httpRequest : httpsRequest;
    let isOver = false;
    return new Promise((resolve, reject) => {
      const sent = request(target, {
        method: 'POST',
        agent: this.#agents[protocol],
        lookup: this.guard.lookup,
        signal,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      sent.on('error', (error) => {
        if (isOver) return; // the answer counts, however its connection ends
        isOver = true;
        // The receiver closed an idle connection just when we took it up. That is no failure of its.
        const isStale = sent.reusedSocket && errnoOf(error) === 'ECONNRESET' && !signal.aborted;
        if (isStale) resolve(this.#request({ url, headers, body }, signal));
        else reject(error);
      });
      sent.once('response', (response) => {
        isOver = true;
        drain(response);
        resolve(response);
      });
      sent.end(body);
    });
  }
}

/** Reads what follows the head of an answer, but no more than a little. */
function drain(response: IncomingMessage): void {
  let bytes = 0;
  response.setTimeout(answerMs, () => response.destroy());
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerBytes) response.destroy();
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(messageOf).join('; ');
  return messageOf(error);
}

/** `Retry-After` is a number of seconds, or a date of HTTP. */
function patienceOf(text: string | undefined, wallNowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - wallNowMs;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, mostPatienceMs) : undefined;
}
