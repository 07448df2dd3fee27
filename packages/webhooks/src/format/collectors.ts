import { createHash } from 'node:crypto';
import type { Post } from '../send/post.js';
import { fieldsOf, lastLinesOf, sentenceOf, text, type Fields } from './words.js';

/** One crash on its way to a collector: its event, and who sends it. */
export interface Crash {
  readonly json: string;
  readonly url: string;
  readonly version: string;
  readonly wallNowMs: number;
}

/** Crashes of one server that ended the same way belong together. */
const groupOf = (event: Fields): readonly string[] =>
  ['type', 'server_id', 'how'].map((name) => text(event[name]));

/** Sentry's envelope with one event. Its id is made of ours, so that Sentry takes a repeated one once. */
export function sentryPost({ json, url, version, wallNowMs }: Crash): Post {
  const event = fieldsOf(json);
  const { origin, username, pathname } = new URL(url);
  const parts = pathname.replace(/\/$/, '').split('/');
  const project = parts.pop() ?? '';
  const eventId = createHash('sha256').update(text(event['id'])).digest('hex').slice(0, 32);
  const payload = {
    event_id: eventId,
    timestamp: text(event['ts']),
    platform: 'other',
    level: 'error',
    logger: 'pinky',
    server_name: text(event['pinky_id']),
    tags: { server: text(event['server_id']), box: text(event['pinky_id']), pinky: version },
    fingerprint: groupOf(event),
    exception: { values: [{ type: text(event['type']), value: sentenceOf(event) }] },
    extra: { event, console: lastLinesOf(event).join('\n') },
  };
  const head = { event_id: eventId, sent_at: new Date(wallNowMs).toISOString() };
  return {
    url: `${origin}${parts.join('/')}/api/${project}/envelope/`,
    headers: {
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': `Sentry sentry_version=7, sentry_client=pinky/${version}, sentry_key=${username}`,
    },
    body: [head, { type: 'event' }, payload].map((part) => `${JSON.stringify(part)}\n`).join(''),
  };
}

/** Bugsnag's error reporting API, version 5. */
export function bugsnagPost({ json, url, version, wallNowMs }: Crash): Post {
  const event = fieldsOf(json);
  const target = new URL(url);
  const apiKey = target.username;
  target.username = '';
  const report = {
    exceptions: [{ errorClass: text(event['type']), message: sentenceOf(event), stacktrace: [] }],
    severity: 'error',
    unhandled: true,
    context: text(event['server_id']),
    groupingHash: groupOf(event).join(' '),
    app: { version, type: 'game server' },
    device: { hostname: text(event['pinky_id']), time: text(event['ts']) },
    metaData: { event, console: { last_lines: lastLinesOf(event) } },
  };
  return {
    url: target.href,
    headers: {
      'content-type': 'application/json',
      'bugsnag-api-key': apiKey,
      'bugsnag-payload-version': '5',
      'bugsnag-sent-at': new Date(wallNowMs).toISOString(),
    },
    body: JSON.stringify({
      apiKey,
      payloadVersion: '5',
      notifier: { name: 'Pinky', version, url: 'pinky' },
      events: [report],
    }),
  };
}
