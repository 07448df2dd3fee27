import { existsSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import { callerOf, type ApiParts, type App, type Reply, type Request } from '../http/app.js';
import { assertOrigin } from '../http/host-check.js';
import { answers, moment, problem } from '../http/schemas.js';
import { csrfOf, sessionLifeMs, sessionOf, setSession } from './session-cookie.js';
import { takeLogin } from './login-links.js';
import { verbs, wholeBox, type Scope } from './scope.js';

const tags = ['session'];

const sessionSchema = z.object({
  csrf: z.string().describe('send it as X-Pinky-CSRF with each change'),
  verbs: z.array(z.enum(verbs)),
  servers: z.array(z.string()),
  expiresAt: moment,
}).meta({ id: 'Session' });

type SessionParts = Pick<ApiParts, 'tokens' | 'wrongTokens' | 'clock' | 'config' | 'pageDir'>;

/** The login of the page: by a one-time link of `pinky web`, or by a token. */
export function addSessionRoutes(app: App, parts: SessionParts): void {
  addLink(app, parts);
  addLogin(app, parts);
  addSession(app, parts);
}

function addLink(app: App, parts: SessionParts): void {
  app.get('/login', {
    config: { needs: 'open' },
    schema: {
      tags,
      summary: 'Where a link of `pinky web` leads: it can be used once',
      querystring: z.strictObject({ code: z.string().max(100) }),
      response: { 303: z.null().describe('To the page, with the session in a cookie'), default: problem },
    },
  }, async (request, reply) => {
    if (!takeLogin(parts.config().home, request.query.code, parts.clock.wallNow())) {
      throw parts.wrongTokens.refuse(
        request.ip,
        new PinkyError('unauthorized', 'this link was used or is too old', {
          remedy: 'make a new one with `pinky web`',
        }),
      );
    }
    openSession(request, reply, parts, { name: 'pinky web', scope: wholeBox });
    const hasPage = parts.pageDir !== undefined && existsSync(parts.pageDir);
    return reply.code(303).header('location', hasPage ? '/' : '/docs').send(null);
  });
}

function addLogin(app: App, parts: SessionParts): void {
  app.post('/v1/session', {
    config: { needs: 'open' },
    schema: {
      tags,
      summary: 'Log a browser in with a token',
      body: z.strictObject({ token: z.string().min(1).max(200) }),
      response: { 201: sessionSchema, default: problem },
    },
  }, async (request, reply) => {
    assertOrigin(request);
    const record = parts.tokens.find(request.body.token);
    if (!record || record.kind !== 'token') {
      throw parts.wrongTokens.refuse(request.ip, new PinkyError('unauthorized', 'this token is not valid'));
    }
    const { id, name, expiresAt } = record;
    const opened = openSession(request, reply, parts, {
      name,
      scope: record,
      parent: id,
      ...(expiresAt !== undefined && { notAfter: expiresAt }),
    });
    return reply.code(201).send(opened);
  });
}

function addSession(app: App, { tokens }: SessionParts): void {
  app.get('/v1/session', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: { tags, summary: 'The session of this browser', response: answers(sessionSchema) },
  }, async (request) => {
    const { record, isPage } = callerOf(request);
    const session = sessionOf(request);
    if (!record || !isPage || session === undefined) throw new PinkyError('not_found', 'there is no session');
    return shown(session, record, record.expiresAt ?? '');
  });

  app.delete('/v1/session', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: { tags, summary: 'Log out', response: { 204: z.null().describe('The session is over'), default: problem } },
  }, async (request, reply) => {
    const { record, isPage } = callerOf(request);
    if (record && isPage) tokens.files.revoke(record.id);
    tokens.look();
    setSession(request, reply, '');
    return reply.code(204).send(null);
  });
}

interface Login {
  readonly name: string;
  readonly scope: Scope;
  readonly parent?: string;
  /** ISO 8601: the session ends no later. */
  readonly notAfter?: string;
}

function openSession(
  request: Request,
  reply: Reply,
  { tokens, clock }: SessionParts,
  { name, scope, parent, notAfter }: Login,
): z.infer<typeof sessionSchema> {
  const ends = new Date(clock.wallNow() + sessionLifeMs).toISOString();
  const expiresAt = notAfter !== undefined && notAfter < ends ? notAfter : ends;
  const { token } = tokens.files.create({
    name,
    kind: 'session',
    verbs: scope.verbs,
    servers: scope.servers,
    expiresAt,
    ...(parent !== undefined && { parent }),
  });
  setSession(request, reply, token);
  return shown(token, scope, expiresAt);
}

const shown = (session: string, { verbs: allowed, servers }: Scope, expiresAt: string) => ({
  csrf: csrfOf(session),
  verbs: [...allowed],
  servers: [...servers],
  expiresAt,
});
