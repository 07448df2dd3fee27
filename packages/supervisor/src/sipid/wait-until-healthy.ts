import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { errnoOf, PinkyError, systemClock, type Clock } from '@pinky/protocol/base';
import { trustedRoots } from './trusted-roots.js';

export interface HealthWait {
  /** An http: or https: address that answers 200 when healthy. */
  readonly url: string;
  /** Time until we give up. Milliseconds. Default 60 000, as in sipid. */
  readonly timeoutMs?: number;
  /** Time between two requests. Milliseconds. Default 5000, as in sipid. */
  readonly pollingMs?: number;
  /** A file with a private certificate authority in PEM, besides those of Node and of the system. */
  readonly caFile?: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** The outcome: healthy, or the last status, or the reason why there was none. */
export type HealthAnswer = { readonly isHealthy: true } | { readonly isHealthy: false; readonly lastAnswer: string };

/**
 * Asks at once, and again until the answer is 200 or the time is up. A bad address, or a bad file of certificates:
 * `bad_option`.
 */
export async function waitUntilHealthy({
  url,
  timeoutMs = 60_000,
  pollingMs = 5000,
  caFile,
  clock = systemClock,
  signal,
}: HealthWait): Promise<HealthAnswer> {
  const address = parseUrl(url);
  const isSafe = address.protocol === 'https:';
  const roots = isSafe || caFile !== undefined ? trustedRoots(caFile) : undefined; // it takes a while to read them all
  const deadline = clock.now() + timeoutMs;
  let lastAnswer: string | undefined;
  for (;;) {
    const { status, isCutOff } = await ask(address, roots, Math.max(1, deadline - clock.now()));
    if (status === 200) return { isHealthy: true };
    // The deadline cuts the last request off. That says nothing about the server, if an answer came before.
    if (!isCutOff || lastAnswer === undefined) lastAnswer = String(status);
    await clock.sleep(Math.max(0, Math.min(pollingMs, deadline - clock.now())), signal);
    if (deadline - clock.now() < 1) return { isHealthy: false, lastAnswer };
  }
}

function parseUrl(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') {
    throw new PinkyError('bad_option', `bad url ${JSON.stringify(url)}: an http: or https: address is needed`, {
      remedy: 'correct `--url`',
    });
  }
  return address;
}

/** How many redirections are followed. Go's client follows as many. */
const longestChain = 10;

interface Answer {
  readonly status: number | string;
  /** There was no time for an answer. */
  readonly isCutOff: boolean;
}

/** The status that an address answers within `timeoutMs`, after redirections, or the reason why there is none. */
async function ask(address: URL, roots: SecureContext | undefined, timeoutMs: number): Promise<Answer> {
  const giveUp = AbortSignal.timeout(Math.ceil(timeoutMs));
  let next = address;
  for (let hop = 0; hop < longestChain; hop += 1) {
    const { status, location } = await get(next, roots, giveUp);
    if (location === undefined || !URL.canParse(location, next.href)) {
      const isCutOff = giveUp.aborted && typeof status === 'string';
      return { status: isCutOff ? `none: ${status} within ${Math.ceil(timeoutMs)} ms` : status, isCutOff };
    }
    next = new URL(location, next);
  }
  return { status: `more than ${longestChain} redirections`, isCutOff: false };
}

/** How far a request has come, as a reason why there is no answer. */
const steps = {
  lookup: 'its name was not resolved',
  connect: 'it did not accept a connection',
  handshake: 'it accepted the connection, and did not answer the TLS handshake',
  answer: 'it accepted the connection, and did not answer',
} as const;

/** Failures that Node's own sentence does not explain to people. */
const sentences: Readonly<Record<string, (error: Error) => string>> = {
  ECONNREFUSED: ({ message }) => `nobody listens there (${message})`,
  ENOTFOUND: ({ message }) => `no such host (${message})`,
  EPROTO: ({ message }) => `it does not speak TLS, or none that we do${opensslWords(message)}`,
  ECONNRESET: ({ message }) => `it accepted the connection, and ended it without a whole answer (${message})`,
};

/** OpenSSL's own words out of `write EPROTO <id>:error:<code>:<library>:<function>:<words>:<file>:<line>:`. */
function opensslWords(message: string): string {
  const words = /:error:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1];
  return words === undefined ? '' : ` (${words})`;
}

// fetch refuses some ports, as browsers do, such as 6667.
function get(
  address: URL,
  roots: SecureContext | undefined,
  signal: AbortSignal,
): Promise<{ status: number | string; location: string | undefined }> {
  const isSafe = address.protocol === 'https:';
  const request = isSafe ? requestHttps : requestHttp;
  let step: keyof typeof steps = isIP(address.hostname.replace(/^\[|\]$/g, '')) === 0 ? 'lookup' : 'connect';
  return new Promise((resolve) => {
    request(address, { signal, agent: false, ...(isSafe && roots && { secureContext: roots }) }, (response) => {
      const status = response.statusCode ?? 0;
      resolve({ status, location: status >= 300 && status < 400 ? response.headers.location : undefined });
      response.destroy();
    })
      .on('socket', (socket) => {
        socket.once('lookup', () => { step = 'connect'; });
        socket.once('connect', () => { step = isSafe ? 'handshake' : 'answer'; });
        socket.once('secureConnect', () => { step = 'answer'; });
      })
      .on('error', (error) => {
        const status = signal.aborted ? steps[step] : (sentences[errnoOf(error) ?? '']?.(error) ?? error.message);
        resolve({ status, location: undefined });
      })
      .end();
  });
}
