import { validSecrets, type WebhookEndpoint, type WebhookFormat } from '@pinky/protocol';
import { signedHeaders } from '../send/sign.js';
import type { Post } from '../send/post.js';
import { discordBody, slackBody } from './chat.js';
import { bugsnagPost, sentryPost } from './collectors.js';
import type { Message } from './message.js';
import { fieldsOf, text } from './words.js';

/** The sender's names, as messages bear them. */
export interface Box {
  readonly box: string;
  readonly version: string;
}

/** How many events one message of a format may have. A chat gets one message with a count instead of a storm. */
export const mostEvents: Readonly<Record<WebhookFormat, number>> = {
  standard: 1,
  discord: 100,
  slack: 100,
  sentry: 1,
  bugsnag: 1,
};

/** The pause after each message to a chat, milliseconds: what comes meanwhile is one message. */
export const quietMs: Readonly<Record<WebhookFormat, number>> = {
  standard: 0,
  discord: 2_000,
  slack: 2_000,
  sentry: 0,
  bugsnag: 0,
};

/** The request for a message. Undefined where this format has no words for it: a collector takes crashes only. */
export function postOf(endpoint: WebhookEndpoint, message: Message, box: Box, wallNowMs: number): Post | undefined {
  const { format, url = '' } = endpoint;
  const common = { 'user-agent': `Pinky/${box.version}` };
  if (format === 'sentry' || format === 'bugsnag') {
    const [json] = message.events;
    if (json === undefined) return undefined;
    const make = format === 'sentry' ? sentryPost : bugsnagPost;
    const made = make({ json, url, version: box.version, wallNowMs });
    return { ...made, headers: { ...common, ...made.headers } };
  }
  const body = bodyOf(format, message, box);
  return {
    url,
    body,
    headers: {
      ...common,
      'content-type': 'application/json',
      ...signedHeaders({ id: message.id, body }, validSecrets(endpoint, wallNowMs), wallNowMs),
    },
  };
}

function bodyOf(format: 'standard' | 'discord' | 'slack', message: Message, box: Box): string {
  if (format === 'discord') return discordBody(message);
  if (format === 'slack') return slackBody(message);
  return message.skipped ? skippedBody(message.skipped, box) : standardBody(message.events[0] ?? '{}');
}

/** The body that Standard Webhooks advises: type, time, and the event as Redis has it. */
function standardBody(json: string): string {
  const event = fieldsOf(json);
  const [type, timestamp] = ['type', 'ts'].map((name) => JSON.stringify(text(event[name])));
  return `{"type":${type},"timestamp":${timestamp},"data":${json}}`;
}

const skippedBody = (skipped: NonNullable<Message['skipped']>, box: Box): string =>
  JSON.stringify({ type: 'events_skipped', timestamp: skipped.at, data: skippedEvent(skipped, box) });

/** Word of events that were removed before they could be sent: how many, between which two. */
export const skippedEvent = ({ count, after, before, at }: NonNullable<Message['skipped']>, { box }: Box) => ({
  event: 'box_event',
  type: 'events_skipped',
  pinky_id: box,
  ts: at,
  count,
  after: after ?? null,
  before,
});
