import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import type { S3Access } from '../s3/s3-access.js';
import { s3Target, type S3Target } from '../s3/s3-target.js';
import { signedHeaders } from '../s3/sign.js';
import { allowedUrl, shown } from '../store/source-kind.js';
import { passingCodes, wordsOf, type StoreWords } from './store-words.js';

export interface HttpOptions {
  readonly allowedHosts: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long the server may be silent, milliseconds. Default 30 000. */
  readonly idleTimeoutMs?: number;
  /** For `s3:` addresses and those of S3. A request to the box's own store is signed where there are keys. */
  readonly s3?: S3Access;
}

export interface HttpRequest extends HttpOptions {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Sent whole. A longer one comes in parts, at the pace of the server. */
  readonly body?: Buffer | AsyncIterable<Buffer>;
  /** The body's sum in hex, where S3 is to check it. */
  readonly bodySha256?: string;
}

const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A failure that may pass by itself, so the request is worth another try. */
export class PassingFailure extends Error {}

/**
 * The answer to a GET, after at most five redirects, each to an allowed host. Its body is as the server sent it. Throws
 * `bad_url`, `not_found`, `download_failed` or `cancelled`, and `PassingFailure` for a failure that may pass.
 */
export async function httpGet(start: URL, options: HttpOptions): Promise<IncomingMessage> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const answer = await ask(url, { ...options, method: 'GET' });
    const status = answer.statusCode ?? 0;
    if (status === 200 || status === 206 || status === 304 || status === 416) return answer;
    const { location } = answer.headers;
    const words = await wordsOf(answer);
    if (!redirects.has(status) || (location === undefined && words)) throw refused(url, status, words);
    url = redirectOf(url, location);
  }
  throw new PinkyError('download_failed', `${shown(start.href)}: more than ${maxRedirects} redirects`);
}

/**
 * One request, whatever its answer's status is. Throws `bad_url` for a host that is not allowed, `cancelled`,
 * `download_failed`, and `PassingFailure`.
 */
export async function ask(url: URL, request: HttpRequest): Promise<IncomingMessage> {
  const target = s3Target(url, request.s3);
  const to = allowedUrl(target?.url ?? url, request.allowedHosts);
  return send(url, to, request, await headersOf(target, request));
}

async function headersOf(target: S3Target | undefined, request: HttpRequest): Promise<Record<string, string>> {
  const { method, headers, bodySha256, s3 } = request;
  if (!target?.isOurs || !s3?.keys) return { ...headers };
  return signedHeaders(target, s3.keys, { method, headers, ...(bodySha256 !== undefined && { bodySha256 }) });
}

/** `url` is its name for people. */
function send(url: URL, to: URL, asked: HttpRequest, headers: Record<string, string>): Promise<IncomingMessage> {
  const { signal, method, body, idleTimeoutMs = 30_000 } = asked;
  const request = to.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (failure: unknown): void => reject(asDownloadFailure(url, failure, signal));
    const sent = request(
      to,
      {
        method,
        headers: {
          'user-agent': 'pinky',
          accept: '*/*',
          'accept-encoding': 'identity',
          ...headers,
        },
        signal,
        timeout: idleTimeoutMs,
        agent: false,
      },
      resolve,
    );
    // This is the socket's own timer. It also runs while the body comes, and every packet restarts it.
    sent.on('timeout', () =>
      sent.destroy(new PassingFailure(`${shown(url.href)}: no answer for ${idleTimeoutMs} ms`)),
    );
    sent.on('error', fail);
    if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
    else pour(body, sent).catch((failure: unknown) => { fail(failure); sent.destroy(); });
  });
}

async function pour(body: AsyncIterable<Buffer>, sent: ReturnType<typeof httpRequest>): Promise<void> {
  for await (const chunk of body) {
    if (sent.destroyed) return; // its own failure has been told
    await new Promise<void>((resolve) => sent.write(chunk, () => resolve()));
  }
  sent.end();
}

/** The error for a broken request or body. */
export function asDownloadFailure(url: URL, failure: unknown, signal: AbortSignal): Error {
  if (failure instanceof PinkyError || failure instanceof PassingFailure) return failure;
  if (signal.aborted) return new PinkyError('cancelled', 'the download was cancelled');
  const code = errnoOf(failure) ?? '';
  const problem = `${shown(url.href)}: ${messageOf(failure).trim()}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PinkyError('no_space', `${shown(url.href)}: there is no space left for the download`, {
      cause: failure,
    });
  }
  // A broken connection may come back. A name that does not resolve, or a bad certificate, stays as it is.
  if (
    [
      'ECONNRESET',
      'ECONNREFUSED',
      'ETIMEDOUT',
      'EPIPE',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ERR_STREAM_PREMATURE_CLOSE',
    ].includes(code)
  ) {
    return new PassingFailure(problem, { cause: failure });
  }
  return new PinkyError('download_failed', problem, { cause: failure });
}

/** The failure for an answer that is none of those that were hoped for, with the store's own words. */
export function refused(url: URL, status: number, words?: StoreWords): Error {
  const said = words ? `${status} ${words.code}: ${words.message}` : String(status);
  const message = `${shown(url.href)}: the server answers ${said}`;
  if (status === 404 || status === 410) return new PinkyError('not_found', message);
  const mayPass = status >= 500 || status === 408 || status === 429 || (words && passingCodes.has(words.code));
  return mayPass ? new PassingFailure(message) : new PinkyError('download_failed', message);
}

function redirectOf(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new PinkyError('download_failed', `${shown(from.href)}: a redirect to nowhere`);
  }
  const url = new URL(location, from);
  if (from.protocol !== 'http:' && url.protocol === 'http:') {
    throw new PinkyError('download_failed', `${shown(from.href)}: a redirect from https to http`);
  }
  return url;
}
