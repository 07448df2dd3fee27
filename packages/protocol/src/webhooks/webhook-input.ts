import { PinkyError } from '../errors.js';
import { suggest } from '../commands/suggest.js';
import { gameEventTypes, workerEventTypes } from '../events/server-event.js';
import { fits, webhookFormats, type ResqueTarget, type WebhookEndpoint, type WebhookFormat } from './endpoint.js';

/** An endpoint as somebody asks for it. */
export interface WebhookInput {
  readonly name?: string;
  readonly url?: string;
  readonly resque?: ResqueTarget;
  readonly format?: string;
  readonly events?: readonly string[];
  readonly servers?: readonly string[];
}

type Checked = Pick<WebhookEndpoint, 'name' | 'url' | 'resque' | 'format' | 'events' | 'servers'>;

const knownTypes: readonly string[] = [...gameEventTypes, ...workerEventTypes];

/** A chat channel hears of trouble, unless it asks for more. */
const troubles = [
  'crashed', 'crash_loop', 'start_failed', 'silent', 'critical', 'fatal_error', 'backup_failed', 'events_lost',
];
const defaultEvents: Readonly<Record<WebhookFormat, readonly string[]>> = {
  standard: ['*'],
  discord: troubles,
  slack: troubles,
  sentry: ['crashed', 'crash_loop'],
  bugsnag: ['crashed', 'crash_loop'],
};

/** Checks what was asked for, and fills in the defaults. Throws `bad_command`, which names the field. */
export function checkedWebhook(input: WebhookInput): Checked {
  const format = formatOf(input.format);
  const { name, url, resque } = input;
  if ((url === undefined) === (resque === undefined)) {
    throw bad('url', 'an endpoint needs either an address or a list of Resque, and not both');
  }
  if (resque && format !== 'standard') throw bad('format', 'a list of Resque is fed with events as they are');
  if (name !== undefined && (name.trim() === '' || name.length > 100)) throw bad('name', 'takes 1 to 100 characters');
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url: checkedAddress(url, format) }),
    ...(resque && { resque: checkedResque(resque) }),
    format,
    events: checkedEvents(input.events ?? defaultEvents[format]),
    servers: checkedServers(input.servers ?? ['*']),
  };
}

function formatOf(text = 'standard'): WebhookFormat {
  const format = webhookFormats.find((known) => known === text);
  if (format === undefined) throw bad('format', `${quoted(text)} is none of ${webhookFormats.join(', ')}`);
  return format;
}

/** Collectors of crashes have their key before the host, as a DSN has it. Everywhere else that is a mistake. */
function checkedAddress(text: string, format: WebhookFormat): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw bad('url', 'it is not an address; write it as https://host/path');
  }
  if (!['https:', 'http:'].includes(url.protocol)) throw bad('url', `${url.protocol} is neither http nor https`);
  const hasKey = format === 'sentry' || format === 'bugsnag';
  if (hasKey && url.username === '') {
    throw bad('url', `${format} needs the key before the host: https://<key>@host/…`);
  }
  if (!hasKey && (url.username !== '' || url.password !== '')) {
    throw bad('url', 'it holds a user or password; the signature says who sends');
  }
  if (format === 'sentry' && !/\/\d+\/?$/.test(url.pathname)) {
    throw bad('url', 'a DSN ends with the number of the project: https://<key>@host/<project>');
  }
  if (url.href.length > 2_000) throw bad('url', 'it is longer than 2000 characters');
  url.hash = '';
  return url.href;
}

function checkedResque(resque: ResqueTarget): ResqueTarget {
  if (!/^[\w.-]{1,100}$/.test(resque.queue)) throw bad('resque.queue', 'takes 1 to 100 of A-Z a-z 0-9 _ . -');
  if (!/^[A-Z]\w*(::[A-Z]\w*)*$/.test(resque.class) || resque.class.length > 200) {
    throw bad('resque.class', `${quoted(resque.class)} is not the name of a Ruby class`);
  }
  return { queue: resque.queue, class: resque.class };
}

/** A type that no event has is a slip: nothing would ever come. */
function checkedEvents(patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0) throw bad('events', 'takes at least one type of event, or *');
  for (const pattern of patterns) {
    if (pattern.length <= 64 && knownTypes.some((type) => fits([pattern], type))) continue;
    const near = suggest(pattern, knownTypes);
    const hint = near === undefined ? `types are ${knownTypes.join(', ')}` : `did you mean ${near}?`;
    throw bad('events', `no event has the type ${quoted(pattern)}; ${hint}`);
  }
  return [...new Set(patterns)];
}

function checkedServers(patterns: readonly string[]): readonly string[] {
  const wrong = patterns.find((pattern) => !/^[A-Za-z0-9_*-]{1,64}$/.test(pattern));
  if (wrong !== undefined || patterns.length === 0) {
    const which = wrong === undefined ? '' : `: ${quoted(wrong)}`;
    throw bad('servers', `takes ids of servers, with * for any characters${which}`);
  }
  return [...new Set(patterns)];
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

const bad = (field: string, sentence: string): PinkyError =>
  new PinkyError('bad_command', `${field}: ${sentence}`, { details: { field } });
