import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { allowedUrl, shown } from './source-kind.js';

export interface HttpOptions {
  readonly allowedHosts: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Longest silence of the server, milliseconds. Default 30 000. */
  readonly idleTimeoutMs?: number;
}

const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A failure that may pass by itself: the request is worth another try. */
export class PassingFailure extends Error {}

/**
 * The answer of a GET, after at most five redirects, each to an allowed host. Its body is as the server sent it.
 * Throws `bad_url`, `not_found`, `download_failed`, `cancelled`; `PassingFailure` for what may pass.
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
    // The socket's own timer: it also runs while the body comes, and restarts with every packet.
    asked.on('timeout', () =>
      asked.destroy(new PassingFailure(`${shown(url.href)}: no answer for ${idleTimeoutMs} ms`)),
    );
    asked.on('error', fail);
    asked.end();
  });
}

/** What a broken request or body means. */
export function asDownloadFailure(url: URL, failure: unknown, signal: AbortSignal): Error {
  if (failure instanceof PinkyError || failure instanceof PassingFailure) return failure;
  if (signal.aborted) return new PinkyError('cancelled', 'the download was cancelled');
  const code = errnoOf(failure) ?? '';
  const problem = `${shown(url.href)}: ${String(failure instanceof Error ? failure.message : failure).trim()}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PinkyError('no_space', `${shown(url.href)}: there is no space left for the download`, {
      cause: failure,
    });
  }
  // Names that do not resolve and certificates that do not hold stay as they are; broken connections may come back.
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
