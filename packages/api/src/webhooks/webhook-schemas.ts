import { webhookFormats } from '@pinky/protocol';
import { z } from 'zod';
import { moment } from '../http/schemas.js';

const state = z.object({
  condition: z.enum(['fine', 'failing', 'paused', 'disabled']),
  waiting: z.int().describe('events in the outbox that it has not come to'),
  aside: z.int().describe('messages that are tried beside the others'),
  accepted: z.int(),
  givenUp: z.int(),
  skipped: z.int().describe('events that were gone before it came to them'),
  acceptedAt: moment.optional(),
  failedAt: moment.optional(),
  because: z.string().optional(),
  nextTryAt: moment.optional(),
});

const resque = z.strictObject({ queue: z.string().max(100), class: z.string().max(200) });

export const webhookSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  address: z.string().describe('without what is secret in it'),
  resque: resque.optional(),
  format: z.enum(webhookFormats),
  events: z.array(z.string()),
  servers: z.array(z.string()),
  secrets: z.array(z.object({ madeAt: moment, until: moment.optional() })),
  isEnabled: z.boolean(),
  disabledBecause: z.string().optional(),
  createdAt: moment,
  state: state.optional().describe('absent while the process that delivers does not answer'),
}).meta({ id: 'Webhook' });

const patterns = z.array(z.string().max(64)).max(100);

export const newWebhook = z.strictObject({
  url: z.string().max(2_000).optional(),
  resque: resque.optional(),
  name: z.string().max(100).optional(),
  format: z.enum(webhookFormats).optional(),
  events: patterns.optional().describe('types of events, with * for any characters'),
  servers: patterns.optional().describe('ids of servers, with * for any characters'),
});

export const changedWebhook = newWebhook.omit({ resque: true }).extend({ isEnabled: z.boolean().optional() });

export const trySchema = z.object({
  isAccepted: z.boolean(),
  status: z.int().optional(),
  because: z.string().optional(),
  ms: z.number(),
});

export const failedSchema = z.object({
  id: z.string().describe('the `webhook-id`'),
  at: moment,
  tries: z.int(),
  because: z.string(),
  types: z.array(z.string()),
});

export const hookParams = z.strictObject({ hook: z.string().max(40).describe('id of a webhook') });
