import { isIP } from 'node:net';
import { PinkyError, type BoxConfig } from '@pinky/protocol';
import type { FastifyRequest } from 'fastify';

const loopbackNames = ['localhost', '127.0.0.1', '::1'];
/** Addresses that stand for every address of the machine. */
const everywhere = new Set(['0.0.0.0', '::']);

/**
 * A web page elsewhere can have its own name point to our address, and would then speak to us from the browser of
 * somebody who has access. So a request must name us as we are called. Throws `bad_host`.
 */
export function assertHost({ headers }: FastifyRequest, { api }: BoxConfig): void {
  const host = hostOf(headers.host);
  const known = [...loopbackNames, api?.host ?? '', ...(api?.hosts ?? [])].map((name) => name.toLowerCase());
  // Listening everywhere, it is called by any address of the machine. An address is no name that could be pointed.
  const isAddress = everywhere.has(api?.host ?? '') && isIP(host) !== 0;
  if (host === '' || !(known.includes(host) || isAddress)) {
    throw new PinkyError('bad_host', `${JSON.stringify(host).slice(0, 80)} is no name of this box`);
  }
}

/** A page of another place may open a WebSocket with our cookie. Its browser tells where it is from. */
export function assertOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin).host : '';
  if (from !== host) throw new PinkyError('forbidden', 'this request comes from a page of another place');
}

/** The name without its port and without the brackets of an address. */
function hostOf(header: string | undefined): string {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d{1,5})?$/.exec(header ?? '')?.[1] ?? '';
  return name.replace(/^\[|\]$/g, '').toLowerCase();
}
