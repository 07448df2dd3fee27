import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { allowedUrl, shown } from '../store/source-kind.js';

export interface HttpOptions {
  readonly allowedHosts: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long the server may be silent, milliseconds. Default 30 000. */
  readonly idleTimeoutMs?: number;
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
    const answer = await ask(allowedUrl(url, options.allowedHosts), options);
    const status = answer.statusCode ?? 0;
    if (status === 200 || status === 304) return answer;
    answer.destroy();
    if (!redirects.has(status)) throw refused(url, status);
    url = redirectOf(url, answer.headers.location);
  }
  throw new PinkyError('download_failed', `${shown(start.href)}: more than ${maxRedirects} redirects`);
}

function ask(url: URL, options: HttpOptions): Promise<IncomingMessage> {
  const { signal, idleTimeoutMs = 30_000 } = options;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (failure: Error): void => reject(asDownloadFailure(url, failure, signal));
    const asked = request(
      url,
      {
        headers: {
          'user-agent': 'pinky',
          accept: '*/*',
          'accept-encoding': 'identity',
          ...options.headers,
        },
        signal,
        timeout: idleTimeoutMs,
        agent: false,
      },
      resolve,
    );
    // This is the socket's own timer. It also runs while the body comes, and every packet restarts it.
    asked.on('timeout', () =>
      asked.destroy(new PassingFailure(`${shown(url.href)}: no answer for ${idleTimeoutMs} ms`)),
    );
    asked.on('error', fail);
    asked.end();
  });
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

function refused(url: URL, status: number): Error {
  if (status === 404 || status === 410) {
    return new PinkyError('not_found', `${shown(url.href)}: the server answers ${status}`);
  }
  if (status >= 500 || status === 408 || status === 429) {
    return new PassingFailure(`${shown(url.href)}: the server answers ${status}`);
  }
  return new PinkyError('download_failed', `${shown(url.href)}: the server answers ${status}`);
}

function redirectOf(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new PinkyError('download_failed', `${shown(from.href)}: a redirect to nowhere`);
  }
  const url = new URL(location, from);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new PinkyError('download_failed', `${shown(from.href)}: a redirect from https to http`);
  }
  return url;
}
