import type { ExplainResult } from '@pinky/protocol';
import { z } from 'zod';
import { callerOf, type ApiParts, type App } from '../http/app.js';
import { pageOf } from '../http/pages.js';
import { answers, page, serverParams } from '../http/schemas.js';
import { hasServer } from '../tokens/index.js';
import { addDefineRoutes } from './define-routes.js';
import { knownServer } from './known-server.js';
import { addSecretRoutes } from './secret-routes.js';
import { addServerChanges } from './server-changes.js';
import { gameOf, serverSchema, serverView, type ServerView } from './server-view.js';

const tags = ['servers'];
const read = { needs: { verb: 'read', of: 'server' } } as const;

export function addServerRoutes(app: App, parts: ApiParts): void {
  addList(app, parts);
  addOne(app, parts);
  addDefineRoutes(app, parts);
  addSecretRoutes(app, parts);
  addServerChanges(app, parts);
}

function addList(app: App, parts: ApiParts): void {
  app.get('/v1/servers', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: {
      tags,
      summary: 'The servers of the box: what they are, and what is true now',
      querystring: z.strictObject({
        ...page,
        state: z.string().max(40).optional().describe('only those in this state'),
        game: z.string().max(100).optional().describe('only those that run this'),
      }),
      response: answers(z.object({ servers: z.array(serverSchema) })),
    },
  }, async (request, reply) => {
    const { limit, after, state, game } = request.query;
    const { scope } = callerOf(request);
    const found = (await allServers(parts)).filter((server) =>
      hasServer(scope, server.serverId) && (!state || server.state === state) && (!game || server.game === game));
    return { servers: pageOf(request, reply, found, { limit, after, keyOf: ({ serverId }) => serverId }) };
  });
}

function addOne(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id', {
    config: read,
    schema: {
      tags,
      summary: 'One server, with an explanation: why it is so, since when, and what comes next',
      params: serverParams,
      response: answers(serverSchema.extend({
        explain: z.record(z.string(), z.unknown()).optional().describe('absent while the queue is away'),
      })),
    },
  }, async (request, reply) => {
    const { id } = request.params;
    const { status, definition } = await knownServer(parts.state, id);
    if (definition) reply.header('etag', `"${definition.revision}"`);
    const usage = (await parts.state.usage())[id];
    const maxPlayers = parts.state.mostPlayers(definition);
    const seen = { status, definition, usage, game: gameOf(definition), maxPlayers };
    const explain = await parts.queue.ask('explain', { serverId: id })
      .then((answer) => explained(answer as ExplainResult), () => undefined); // it says less while the queue is away
    return { ...serverView(id, seen), ...(explain && { explain }) };
  });
}

/** The servers that are defined or run, by id. */
export async function allServers({ state }: Pick<ApiParts, 'state'>): Promise<readonly ServerView[]> {
  const [statuses, usage] = await Promise.all([state.statuses(), state.usage()]);
  const definitions = new Map(state.definitions().map((one) => [one.serverId, one]));
  const live = new Map(statuses.map((one) => [one.serverId, one]));
  return [...new Set([...definitions.keys(), ...live.keys()])].toSorted().map((id) => {
    const definition = definitions.get(id);
    return serverView(id, {
      status: live.get(id),
      definition,
      usage: usage[id],
      game: gameOf(definition),
      maxPlayers: state.mostPlayers(definition),
    });
  });
}

/** Without the folder of the funpack, which is no path of the server. */
const explained = ({ funpack: _funpack, ...rest }: ExplainResult): Record<string, unknown> => rest;
