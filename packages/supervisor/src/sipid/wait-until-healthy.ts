import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { PinkyError, systemClock, type Clock } from '@pinky/protocol/base';

export interface HealthWait {
  /** An http: or https: address that answers 200 when healthy. */
  readonly url: string;
  /** Time until we give up. Milliseconds. Default 60 000, as in sipid. */
  readonly timeoutMs?: number;
  /** Time between two requests. Milliseconds. Default 5000, as in sipid. */
  readonly pollingMs?: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** The outcome: healthy, or the last status, or the reason why there was none. */
export type HealthAnswer = { readonly isHealthy: true } | { readonly isHealthy: false; readonly lastAnswer: string };

/** Asks at once, and again until the answer is 200 or the time is up. A bad address: `bad_option`. */
export async function waitUntilHealthy({
  url,
  timeoutMs = 60_000,
  pollingMs = 5000,
  clock = systemClock,
  signal,
}: HealthWait): Promise<HealthAnswer> {
  const address = parseUrl(url);
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const answer = await ask(address, Math.max(1, deadline - clock.now()));
    if (answer === 200) return { isHealthy: true };
    await clock.sleep(Math.max(0, Math.min(pollingMs, deadline - clock.now())), signal);
    if (deadline - clock.now() < 1) return { isHealthy: false, lastAnswer: String(answer) };
  }
}

function parseUrl(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') {
    throw new PinkyError('bad_option', `bad url ${JSON.stringify(url)}: an http: or https: address is needed`);
  }
  return address;
}

/** How many redirections are followed. Go's client follows as many. */
const longestChain = 10;

/** The status that an address answers within `timeoutMs`, after redirections, or the reason why there is none. */
async function ask(address: URL, timeoutMs: number): Promise<number | string> {
  const giveUp = AbortSignal.timeout(Math.ceil(timeoutMs));
  let next = address;
  for (let hop = 0; hop < longestChain; hop += 1) {
    const { status, location } = await get(next, giveUp).catch((error: Error) => ({
      status: error.message,
      location: undefined,
    }));
    if (location === undefined || !URL.canParse(location, next.href)) return status;
    next = new URL(location, next);
  }
  return `more than ${longestChain} redirections`;
}

// fetch refuses some ports, as browsers do, such as 6667.
function get(address: URL, signal: AbortSignal): Promise<{ status: number | string; location: string | undefined }> {
  const request = address.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(address, { signal, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      resolve({ status, location: status >= 300 && status < 400 ? response.headers.location : undefined });
      response.destroy();
    }).on('error', reject).end();
  });
}
