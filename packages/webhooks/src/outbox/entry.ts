import { parseObject } from '@pinky/protocol';

/** One event of the outbox. */
export interface OutboxEvent {
  /** The id of its entry. */
  readonly entry: string;
  /** Its number: each entry has the next one. */
  readonly n: number;
  /** When it was published, Unix milliseconds. */
  readonly publishedAt: number;
  readonly json: string;
  /** The event's own id, type and server. */
  readonly id: string;
  readonly type: string;
  readonly serverId: string;
}

/** An entry as Redis answers it: its id, and `n`, `t` and `e` with their values. */
export type RawEntry = readonly [string, readonly string[]];

export function readEntry([entry, fields]: RawEntry): OutboxEvent {
  const [, n = '0', , t = '0', , json = ''] = fields;
  const event = parseObject(json) ?? {};
  const text = (name: string): string => (typeof event[name] === 'string' ? event[name] : '');
  return {
    entry,
    n: Number(n),
    publishedAt: Number(t),
    json,
    id: text('id'),
    type: text('type'),
    serverId: text('server_id'),
  };
}

/** How far somebody is in the outbox: behind this entry, which has this number and this event. */
export interface Bookmark {
  readonly cursor: string;
  readonly n: number;
  readonly event?: string;
}

/** Events that were removed before somebody came to them: those between two events. */
export interface Skipped {
  readonly count: number;
  /** The event before them, if one is known. */
  readonly after?: string;
  readonly before: string;
}
