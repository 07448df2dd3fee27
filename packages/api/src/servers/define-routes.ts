import { assertSettingsFit, assertStartFits, knownFunpack } from '@pinky/funpack-runner/light';
import {
  definedBy,
  hidden,
  isSameFunpack,
  PinkyError,
  shownSchema,
  shownSettings,
  type Definition,
} from '@pinky/protocol';
import { parseBoxCommand, parseCommand } from '@pinky/protocol/schemas';
import { z } from 'zod';
import { callerOf, type ApiParts, type App, type Reply, type Request } from '../http/app.js';
import { answers, changed, serverParams } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import { hasServer } from '../tokens/index.js';
import { startFields } from './start-fields.js';

const tags = ['servers'];
/** The queue writes a file for it, and a game that is up is told of its new settings. Milliseconds. */
const defineMs = 30_000;

const { world: _world, ...definedFields } = startFields;

export function addDefineRoutes(app: App, parts: ApiParts): void {
  addPost(app, parts);
  addPut(app, parts);
  addSettings(app, parts);
  addSettingsChange(app, parts);
}

function addPost(app: App, parts: ApiParts): void {
  app.post('/v1/servers', {
    config: { needs: { verb: 'define', of: 'any' } },
    schema: {
      tags,
      summary: 'Define a server and start it, unless `start` is false',
      body: z.strictObject({
        serverId: z.string().min(1).max(64),
        ...startFields,
        start: z.boolean().optional(),
      }),
      response: changed,
    },
  }, async (request, reply) => {
    const { start = true, ...data } = request.body;
    const { serverId } = data;
    if (!hasServer(callerOf(request).scope, serverId)) {
      throw new PinkyError('forbidden', `this token has no server ${serverId}`);
    }
    assertFits(parts, data);
    if (!start) return define(parts, request, reply, data);
    return askJob(parts, request, reply, { command: 'start', serverId, data });
  });
}

function addPut(app: App, parts: ApiParts): void {
  app.put('/v1/servers/:id', {
    config: { needs: { verb: 'define', of: 'server' } },
    schema: {
      tags,
      summary: 'Change what a server is; `If-Match` with its ETag changes only what you have read',
      params: serverParams,
      body: z.strictObject(definedFields),
      response: changed,
    },
  }, async (request, reply) => {
    const data = { serverId: request.params.id, ...request.body };
    assertFits(parts, data);
    return define(parts, request, reply, data);
  });
}

/** Refuses at once a funpack that is not there, and settings that it does not take. A start would refuse them later. */
function assertFits(parts: ApiParts, data: Readonly<Record<string, unknown>> & { readonly serverId: string }): void {
  const { name, data: start } = parseCommand('start', data);
  if (name !== 'start') throw new PinkyError('internal', 'a start was read as another command');
  const before = parts.state.definition(start.serverId);
  const after = definedBy(start, before);
  if (after === undefined) return; // the queue says that it lacks a funpack
  const given = start.settings ?? {};
  if (before && isSameFunpack(before.funpack, after.funpack)) {
    assertSettingsFit(parts.config(), { ...before, settings: after.settings }, given);
  } else {
    assertStartFits(parts.config(), after.funpack, given);
  }
}

function addSettings(app: App, { state, config }: ApiParts): void {
  app.get('/v1/servers/:id/settings', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags,
      summary: 'The settings of a server, without secrets, and what its funpack says of them',
      params: serverParams,
      response: answers(z.object({
        settings: z.record(z.string(), z.unknown()),
        schema: z.record(z.string(), z.unknown()).optional().describe('absent while the funpack is not on the box'),
      })),
    },
  }, async ({ params: { id } }, reply) => {
    const definition = defined(state.definition(id), id);
    const known = knownFunpack(config(), definition)?.manifest;
    reply.header('etag', `"${definition.revision}"`);
    return {
      settings: shownSettings(definition, known && (known.schema ?? {})),
      ...(known?.schema && { schema: shownSchema(known.schema) }),
    };
  });
}

function addSettingsChange(app: App, parts: ApiParts): void {
  app.patch('/v1/servers/:id/settings', {
    config: { needs: { verb: 'define', of: 'server' } },
    schema: {
      tags,
      summary: 'Change settings; null takes one away. The answer says whether they apply at the next start only',
      params: serverParams,
      body: z.strictObject({ settings: z.record(z.string(), z.unknown()) }),
      response: changed,
    },
  }, async (request, reply) => {
    const { id } = request.params;
    const before = defined(parts.state.definition(id), id);
    // A form sends everything that it was shown. A secret that it was not shown stays.
    const given = Object.fromEntries(Object.entries(request.body.settings).filter(([, value]) => value !== hidden));
    assertSettingsFit(parts.config(), before, given);
    return define(parts, request, reply, { serverId: id, settings: given });
  });
}

/** Has the queue change the definition. A field that it would refuse is refused here, and at once. */
function define(
  parts: ApiParts,
  request: Request,
  reply: Reply,
  data: Readonly<Record<string, unknown>> & { readonly serverId: string },
): Promise<unknown> {
  parseBoxCommand('set', data);
  assertNoneHidden(data['settings']);
  const { serverId } = data;
  const ifRevision = revisionOf(request);
  const work = (): Promise<unknown> =>
    parts.queue.ask('define', { data, ...(ifRevision !== undefined && { ifRevision }) }, defineMs);
  return askJob(parts, request, reply, {
    command: 'define',
    serverId,
    data: { ...data, ifRevision },
    work,
  });
}

/** A value that was shown as hidden must not become the value: nobody would get in with the password any more. */
function assertNoneHidden(settings: unknown): void {
  const wrong = Object.entries(settings ?? {}).find(([, value]) => value === hidden);
  if (!wrong) return;
  throw new PinkyError(
    'bad_settings',
    `${wrong[0]} is ${hidden}, which only stands for a value that is not shown; PATCH of its settings keeps the value`,
  );
}

function revisionOf({ headers }: Request): number | undefined {
  const match = headers['if-match'];
  if (match === undefined || match === '*') return undefined;
  const revision = /^"(\d{1,12})"$/.exec(match)?.[1];
  if (revision === undefined) throw new PinkyError('changed_meanwhile', 'If-Match is no ETag of this server');
  return Number(revision);
}

function defined(definition: Definition | undefined, serverId: string): Definition {
  if (definition) return definition;
  throw new PinkyError('not_found', `nothing is known of a server ${serverId}`);
}
