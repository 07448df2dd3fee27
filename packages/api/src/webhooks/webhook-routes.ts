import {
  PinkyError, shownAddress, WebhookFiles, WebhookTalk, type WebhookEndpoint, type WebhookState,
} from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, problem } from '../http/schemas.js';
import { changedWebhook, failedSchema, hookParams, newWebhook, trySchema, webhookSchema } from './webhook-schemas.js';

const tags = ['webhooks'];
/** An endpoint hears of every server, and is an address that the box calls. */
const needs = { verb: 'admin', of: 'box' } as const;
const hourMs = 3_600_000;

interface Parts {
  readonly files: WebhookFiles;
  readonly talk: WebhookTalk;
}

export function addWebhookRoutes(app: App, { config }: Pick<ApiParts, 'config'>): void {
  const parts = { files: new WebhookFiles(config().home), talk: new WebhookTalk(() => config().home) };
  addReads(app, parts);
  addMake(app, parts);
  addChanges(app, parts);
  addTries(app, parts);
  addSecrets(app, parts);
}

function addReads(app: App, { files, talk }: Parts): void {
  app.get('/v1/webhooks', {
    config: { needs },
    schema: {
      tags,
      summary: 'Every webhook, and how it stands',
      response: answers(z.object({ webhooks: z.array(webhookSchema) })),
    },
  }, async () => {
    const states = await talk.states();
    return { webhooks: files.list().map((endpoint) => shown(endpoint, states?.get(endpoint.id))) };
  });
  app.get('/v1/webhooks/:hook', {
    config: { needs },
    schema: {
      tags, summary: 'One webhook, and how it stands', params: hookParams, response: answers(webhookSchema),
    },
  }, async ({ params: { hook } }) => {
    const endpoint = files.get(hook);
    return shown(endpoint, (await talk.states())?.get(hook));
  });
}

function addMake(app: App, { files }: Parts): void {
  app.post('/v1/webhooks', {
    config: { needs },
    schema: {
      tags,
      summary: 'Add a webhook; its secret is shown in this answer only',
      body: newWebhook,
      response: { 201: webhookSchema.extend({ secret: z.string().optional() }), default: problem },
    },
  }, async ({ body }, reply) => {
    const { endpoint, secret } = files.create(given(body));
    reply.header('location', `/v1/webhooks/${endpoint.id}`);
    return reply.code(201).send({ ...shown(endpoint, undefined), ...(secret !== undefined && { secret }) });
  });
}

function addChanges(app: App, { files, talk }: Parts): void {
  app.patch('/v1/webhooks/:hook', {
    config: { needs },
    schema: {
      tags, summary: 'Change a webhook, or turn it on or off', params: hookParams, body: changedWebhook,
      response: answers(webhookSchema),
    },
  }, async ({ params: { hook }, body }) => {
    const endpoint = files.change(hook, given(body));
    return shown(endpoint, (await talk.states())?.get(hook));
  });
  app.delete('/v1/webhooks/:hook', {
    config: { needs },
    schema: {
      tags, summary: 'Remove a webhook; what it has not sent is not sent', params: hookParams,
      response: { 204: z.null().describe('It is gone'), default: problem },
    },
  }, async ({ params: { hook } }, reply) => {
    files.remove(hook);
    return reply.code(204).send(null);
  });
}

function addTries(app: App, { files, talk }: Parts): void {
  app.post('/v1/webhooks/:hook/test', {
    config: { needs },
    schema: {
      tags, summary: 'Send a test message now, and answer what became of it', params: hookParams,
      response: answers(trySchema),
    },
  }, async ({ params: { hook } }) => talk.test(files.get(hook).id));
  app.get('/v1/webhooks/:hook/failed', {
    config: { needs },
    schema: {
      tags, summary: 'The messages that were given up, newest first', params: hookParams,
      response: answers(z.object({ failed: z.array(failedSchema) })),
    },
  }, async ({ params: { hook } }) => {
    const failed = await talk.failed(files.get(hook).id);
    return { failed: failed.map((one) => ({ ...one, types: [...one.types] })) };
  });
  app.post('/v1/webhooks/:hook/failed/:delivery/again', {
    config: { needs },
    schema: {
      tags, summary: 'Send a message again that was given up, with its id',
      params: hookParams.extend({ delivery: z.string().max(80).describe('the `webhook-id`') }),
      response: answers(trySchema),
    },
  }, async ({ params: { hook, delivery } }) => talk.again(files.get(hook).id, delivery));
}

function addSecrets(app: App, { files }: Parts): void {
  app.post('/v1/webhooks/:hook/secrets', {
    config: { needs },
    schema: {
      tags,
      summary: 'Make another secret, shown in this answer only; those before sign as well for a while',
      params: hookParams,
      body: z.strictObject({ keepHours: z.number().min(0).max(24 * 30).default(24) }).nullish(),
      response: { 201: webhookSchema.extend({ secret: z.string().optional() }), default: problem },
    },
  }, async ({ params: { hook }, body }, reply) => {
    const { endpoint, secret } = files.rotate(hook, (body?.keepHours ?? 24) * hourMs);
    return reply.code(201).send({ ...shown(endpoint, undefined), ...(secret !== undefined && { secret }) });
  });
}

/** Fields that are not there, instead of fields that are undefined. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function given<T extends object>(body: T): Given<T> {
  if (Object.keys(body).length === 0) throw new PinkyError('bad_request', 'the body names nothing');
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Given<T>; // filtered
}

/** An endpoint without its secrets. */
function shown({ version: _version, url: _url, secrets, ...rest }: WebhookEndpoint, state: WebhookState | undefined) {
  const { id: _id, ...facts } = state ?? { id: '' };
  return {
    ...rest,
    address: shownAddress({ ...rest, ...(_url !== undefined && { url: _url }) }),
    events: [...rest.events],
    servers: [...rest.servers],
    secrets: secrets.map(({ madeAt, until }) => ({ madeAt, ...(until !== undefined && { until }) })),
    ...(state && { state: facts as Omit<WebhookState, 'id'> }), // it is the state without its id
  };
}
