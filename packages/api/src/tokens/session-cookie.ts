import { createHash, timingSafeEqual } from 'node:crypto';
import { PinkyError } from '@pinky/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'pinky_session';

/** How long a login of the page holds, milliseconds. */
export const sessionLifeMs = 12 * 3_600_000;

/** The session in the cookie, if there is one. */
export function sessionOf({ headers }: FastifyRequest): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === cookieName && value) return value;
  }
  return undefined;
}

/** No script can read the cookie, and no page of another place has it sent. An empty session removes it. */
export function setSession(request: FastifyRequest, reply: FastifyReply, session: string): void {
  const isSecure = request.protocol === 'https';
  const age = session === '' ? 0 : sessionLifeMs / 1000;
  void reply.header(
    'set-cookie',
    `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${isSecure ? '; Secure' : ''}`,
  );
}

/** The page sends this with each change. It follows from the session, so nobody need remember it. */
export const csrfOf = (session: string): string =>
  createHash('sha256').update(`csrf:${session}`).digest('base64url');

/** Throws `forbidden` for a change by a cookie without the header that only our own page can know. */
export function assertPageRequest(request: FastifyRequest, session: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const given = Buffer.from(String(request.headers['x-pinky-csrf'] ?? ''));
  const wanted = Buffer.from(csrfOf(session));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new PinkyError('forbidden', 'the header X-Pinky-CSRF does not belong to this session');
  }
}
