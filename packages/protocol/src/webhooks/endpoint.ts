/** How a message is written: for programs, for a chat channel, or for a collector of crashes. */
export const webhookFormats = ['standard', 'discord', 'slack', 'sentry', 'bugsnag'] as const;
export type WebhookFormat = (typeof webhookFormats)[number];

/** A secret that signs messages. One that was replaced goes on signing until `until`, ISO 8601. */
export interface WebhookSecret {
  /** `whsec_` and 32 random bytes in base64, as Standard Webhooks writes them. */
  readonly secret: string;
  readonly madeAt: string;
  readonly until?: string;
}

/** A list of Resque in the box's Redis: each event becomes a job of this class. */
export interface ResqueTarget {
  readonly queue: string;
  readonly class: string;
}

/** A place that hears of the box's events: one file in the home, 0600. It has `url` or `resque`. */
export interface WebhookEndpoint {
  /** The layout of the file. */
  readonly version: 1;
  readonly id: string;
  readonly name?: string;
  readonly url?: string;
  readonly resque?: ResqueTarget;
  readonly format: WebhookFormat;
  /** Types of events, and ids of servers. `*` stands for any characters. */
  readonly events: readonly string[];
  readonly servers: readonly string[];
  /** Newest first. None where a list of Resque is fed. */
  readonly secrets: readonly WebhookSecret[];
  readonly isEnabled: boolean;
  /** Why the box itself turned it off. */
  readonly disabledBecause?: string;
  /** ISO 8601. Events that were published before are not for it. */
  readonly createdAt: string;
}

/** The secrets that sign now, newest first. */
export const validSecrets = ({ secrets }: Pick<WebhookEndpoint, 'secrets'>, wallNowMs: number): readonly string[] =>
  secrets.filter(({ until }) => until === undefined || Date.parse(until) > wallNowMs).map(({ secret }) => secret);

/** Whether an event is for this endpoint. */
export const wantsEvent = (
  { events, servers }: Pick<WebhookEndpoint, 'events' | 'servers'>,
  type: string,
  serverId: string,
): boolean => fits(events, type) && fits(servers, serverId);

/** Whether one of the patterns has this name. */
export const fits = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => pattern === '*' || pattern === name || (pattern.includes('*') && matches(pattern, name)));

/** Without a regular expression: one made of many `*` could take for ever. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The address without what is secret in it: Discord and Slack have their secret in the path, collectors a key. */
export function shownAddress({ url, resque, format }: Pick<WebhookEndpoint, 'url' | 'resque' | 'format'>): string {
  if (resque) return `resque:${resque.queue} (${resque.class})`;
  if (url === undefined) return '';
  const { protocol, host, pathname, search } = new URL(url);
  if (format === 'discord' || format === 'slack') return `${protocol}//${host}/…`;
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}
