import { isServerId, PinkyError, type BoxConfig } from '@pinky/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { allowsVerb, hasServer, hasWholeBox, isWithin, wholeBox, type TokenRecord } from '../tokens/index.js';
import type { ApiParts } from './app.js';
import type { Caller, Needs } from './caller.js';
import { assertHost, assertOrigin } from './host-check.js';
import { assertPageRequest, sessionOf } from '../tokens/session-cookie.js';

/** A route that says nothing is for nobody but the owner. */
const strictest: Needs = { verb: 'admin', of: 'box' };

type GuardParts = Pick<ApiParts, 'config' | 'tokens' | 'wrongTokens' | 'audit'>;

/** Lets through only requests that may come: by a name of ours, with a token that allows what they ask for. */
export function guard(app: FastifyInstance, parts: GuardParts): void {
  app.decorateRequest('caller', undefined);
  app.addHook('onRequest', async (request) => {
    assertHost(request, parts.config());
    if (request.is404) return;
    const needs = request.routeOptions.config.needs ?? strictest;
    if (needs === 'open') return;
    request.caller = callerFor(request, needs, parts);
    assertAllowed(request, needs, request.caller);
  });
  app.addHook('onResponse', async (request, reply) => {
    const isChange = request.method !== 'GET' && request.method !== 'HEAD';
    const isRefusal = reply.statusCode === 401 || reply.statusCode === 403 || reply.statusCode === 429;
    if (!isRefusal && (!isChange || request.is404)) return;
    const record = request.caller?.record;
    const job = reply.getHeader('location')?.toString().split('/v1/jobs/')[1];
    const serverId = serverIdOf(request);
    parts.audit.add({
      at: new Date().toISOString(),
      ...(record && { token: record.id, name: record.name }),
      address: request.ip,
      method: request.method,
      path: (request.url.split('?')[0] ?? '').slice(0, 500),
      status: reply.statusCode,
      ...(serverId !== undefined && { serverId }),
      ...(job !== undefined && { job }),
    });
  });
}

function callerFor(request: FastifyRequest, needs: Exclude<Needs, 'open'>, parts: GuardParts): Caller {
  if (isOpen(needs, parts.config())) return { scope: wholeBox, address: request.ip, isPage: false };
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const cookie = bearer === undefined ? sessionOf(request) : undefined;
  const token = bearer ?? cookie;
  const record = token === undefined ? undefined : parts.tokens.find(token);
  if (!record || (record.kind === 'session') !== (cookie !== undefined)) {
    if (token === undefined) throw new PinkyError('unauthorized', 'this needs a token');
    throw parts.wrongTokens.refuse(request.ip, new PinkyError('unauthorized', 'this token is not valid'));
  }
  if (cookie !== undefined) assertPageRequest(request, cookie);
  if (cookie !== undefined || request.headers.upgrade !== undefined) assertOrigin(request);
  return { record, scope: record, address: request.ip, isPage: cookie !== undefined };
}

const isOpen = ({ openIf }: Exclude<Needs, 'open'>, { api }: BoxConfig): boolean =>
  (openIf === 'metrics' && api?.isMetricsOpen === true) || (openIf === 'docs' && api?.areDocsOpen === true);

/** A server that the token does not have is not there for it. */
function assertAllowed(request: FastifyRequest, { verb, of }: Exclude<Needs, 'open'>, { scope }: Caller): void {
  const serverId = serverIdOf(request);
  if (of === 'server') {
    if (!isServerId(serverId)) throw new PinkyError('bad_server_id', 'the path holds no server id');
    if (!hasServer(scope, serverId)) throw new PinkyError('not_found', `there is no server ${serverId}`);
  }
  if (!allowsVerb(scope, verb)) throw new PinkyError('forbidden', `this token does not allow \`${verb}\``);
  if (of === 'box' && !hasWholeBox(scope)) {
    throw new PinkyError('forbidden', 'this is for tokens that have every server of the box');
  }
}

function serverIdOf({ params }: FastifyRequest): string | undefined {
  if (typeof params !== 'object' || params === null || !('id' in params)) return undefined;
  return String(params.id);
}

/** Throws `forbidden` if a token would get more than its maker has. */
export function assertNoMore(asked: Pick<TokenRecord, 'verbs' | 'servers'>, { scope }: Caller): void {
  const missing = asked.verbs.find((verb) => !allowsVerb(scope, verb));
  if (missing !== undefined) throw new PinkyError('forbidden', `your own token does not allow \`${missing}\``);
  if (!isWithin(asked, scope)) throw new PinkyError('forbidden', 'your own token does not have all of these servers');
}
