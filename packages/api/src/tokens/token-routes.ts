import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import { callerOf, type ApiParts, type App } from '../http/app.js';
import { assertNoMore } from '../http/guard.js';
import { answers, moment, problem } from '../http/schemas.js';
import { readAudit } from './audit.js';
import { serverPattern, verbs } from './scope.js';
import type { TokenRecord } from './token.js';

const tags = ['tokens'];
const needs = { verb: 'admin', of: 'any' } as const;

const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['token', 'session']),
  verbs: z.array(z.enum(verbs)),
  servers: z.array(z.string()),
  createdAt: moment,
  expiresAt: moment.optional(),
}).meta({ id: 'Token' });

const auditSchema = z.object({
  at: moment,
  token: z.string().optional(),
  name: z.string().optional(),
  address: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.int(),
  serverId: z.string().optional(),
  job: z.string().optional(),
});

const newToken = z.strictObject({
  name: z.string().min(1).max(100),
  verbs: z.array(z.enum(verbs)).min(1),
  servers: z.array(z.string().regex(serverPattern, 'must be ids, with * for any characters')).min(1),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

export function addTokenRoutes(app: App, parts: ApiParts): void {
  addList(app, parts);
  addMake(app, parts);
  addRevoke(app, parts);
  addAudit(app, parts);
}

function addList(app: App, { tokens }: ApiParts): void {
  app.get('/v1/tokens', {
    config: { needs },
    schema: {
      tags,
      summary: 'Every token and session, without the tokens themselves',
      response: answers(z.object({ tokens: z.array(tokenSchema) })),
    },
  }, async (request) => {
    const caller = callerOf(request);
    return { tokens: tokens.files.list().filter((record) => isWithinReach(record, caller)).map(shownToken) };
  });
}

function addMake(app: App, { tokens }: ApiParts): void {
  app.post('/v1/tokens', {
    config: { needs },
    schema: {
      tags,
      summary: 'Make a token, which is shown in this answer only',
      body: newToken,
      response: { 201: tokenSchema.extend({ token: z.string() }), default: problem },
    },
  }, async (request, reply) => {
    assertNoMore(request.body, callerOf(request));
    const { expiresAt, ...rest } = request.body;
    const made = tokens.files.create({ ...rest, ...(expiresAt !== undefined && { expiresAt }) });
    reply.header('location', `/v1/tokens/${made.record.id}`);
    return reply.code(201).send({ ...shownToken(made.record), token: made.token });
  });
}

function addRevoke(app: App, { tokens }: ApiParts): void {
  app.delete('/v1/tokens/:token', {
    config: { needs },
    schema: {
      tags,
      summary: 'Revoke a token; what is open with it is closed within a second',
      params: z.strictObject({ token: z.string().max(40) }),
      response: { 204: z.null().describe('It is no longer valid'), default: problem },
    },
  }, async (request, reply) => {
    const record = tokens.files.read(request.params.token);
    if (!record || !isWithinReach(record, callerOf(request))) {
      throw new PinkyError('not_found', 'there is no such token');
    }
    tokens.files.revoke(record.id);
    tokens.look();
    return reply.code(204).send(null);
  });
}

function addAudit(app: App, { config }: ApiParts): void {
  app.get('/v1/audit', {
    config: { needs: { verb: 'admin', of: 'box' } },
    schema: {
      tags,
      summary: 'The audit log: changes and refusals, the newest last',
      querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(10_000).default(100) }),
      response: answers(z.object({ entries: z.array(auditSchema) })),
    },
  }, async ({ query: { limit } }) => ({ entries: readAudit(config().home, limit) }));
}

/** Whether a caller may see and revoke a token: it must not allow more than the caller's own. */
function isWithinReach(record: TokenRecord, caller: ReturnType<typeof callerOf>): boolean {
  try {
    assertNoMore(record, caller);
    return true;
  } catch {
    return false; // it reaches further
  }
}

const shownToken = ({ format: _format, sha256: _sum, parent: _parent, ...shown }: TokenRecord) => ({
  ...shown,
  verbs: [...shown.verbs],
  servers: [...shown.servers],
});
