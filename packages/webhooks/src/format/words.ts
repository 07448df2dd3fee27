import { parseObject } from '@pinky/protocol';

export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (json: string): Fields => parseObject(json) ?? {};

export const text = (value: unknown): string =>
  // a player's words may hold anything; a line of ours has no control characters
  (typeof value === 'string' || typeof value === 'number' ? String(value).replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ') : '');

const sentences: Readonly<Record<string, (event: Fields, server: string) => string>> = {
  started: (_event, server) => `${server} is up`,
  stopped: ({ restarting }, server) => `${server} was stopped${restarting === true ? ' and starts again' : ''}`,
  crashed: ({ how, restart_in_ms: ms }, server) => {
    const when = Number(ms) >= 1_000 ? `in ${Math.round(Number(ms) / 1_000)} s` : 'now';
    return `${server} crashed (${text(how)}); it starts again ${when}`;
  },
  crash_loop: ({ how }, server) => `${server} crashed too often and stays down (${text(how)})`,
  start_failed: ({ message, code }, server) => `${server} could not start: ${text(message) || text(code)}`,
  silent: (_event, server) => `${server} is silent, and is ended`,
  player_connected: ({ user }, server) => `${text(user)} joined ${server}`,
  player_disconnected: ({ user }, server) => `${text(user)} left ${server}`,
  chat: ({ user, message }, server) => `${server}: <${text(user)}> ${text(message)}`,
  backed_up: ({ size }, server) => `${server} was backed up (${mebibytes(size)})`,
  backup_failed: ({ message, code }, server) => `${server}: the backup failed: ${text(message) || text(code)}`,
  test: ({ message }) => text(message),
  events_lost: ({ count, because }, server) => `${server}: ${text(count) || 'some'} events are lost: ${text(because)}`,
};

/** One event as a sentence for people. */
export function sentenceOf(event: Fields): string {
  const [type, server] = [text(event['type']), text(event['server_id'])];
  const made = Object.hasOwn(sentences, type) ? sentences[type]?.(event, server) : undefined;
  if (made !== undefined) return made;
  const said = [text(event['user']), text(event['message'])].filter((part) => part !== '').join(': ');
  return `${server}: ${type.replaceAll('_', ' ')}${said === '' ? '' : `: ${said}`}`;
}

const mebibytes = (bytes: unknown): string => `${(Number(bytes) / 1024 / 1024).toFixed(1)} MiB`;

/** The last lines of a game's console, where an event has them. */
export const lastLinesOf = (event: Fields): readonly string[] => {
  const lines = event['last_lines'];
  return Array.isArray(lines) ? lines.map(text).filter((line) => line.trim() !== '') : [];
};

/** `30 × chat, 7 × started`: the most frequent first. */
export function countedTypes(events: readonly Fields[]): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    const type = text(event['type']);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([type, count]) => `${count} × ${type}`)
    .join(', ');
}
