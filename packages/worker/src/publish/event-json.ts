import type { GameEvent, PendingEvent } from '@pinky/protocol';
import type { ConsoleLine } from '../console/line-splitter.js';
import type { PlacedEntry } from '../record/journal.js';

/** Whose events they are: names that stand in each of them. */
export interface EventNames {
  readonly serverId: string;
  readonly box: string;
  readonly run: string;
}

/** A console line that is an event, as it goes to `server:events` (DESIGN §7). The game's own `ts` stands, if it is text. */
export function consoleEvent(names: EventNames, line: ConsoleLine, event: GameEvent, wallNowMs: number): PendingEvent {
  const { type, ts, ...fields } = event;
  const time = typeof ts === 'string' ? ts : new Date(wallNowMs).toISOString();
  return { stream: 'console', start: line.start, end: line.end, json: json(names, type, time, `${line.start}`, fields) };
}

/** A line of the worker's own journal, likewise. */
export function journalEvent(names: EventNames, { entry, start, end }: PlacedEntry): PendingEvent {
  const { type, ts, at: _at, ...fields } = entry;
  return { stream: 'journal', start, end, json: json(names, type, ts, `j${start}`, fields) };
}

function json({ serverId, box, run }: EventNames, type: string, ts: string, place: string, fields: object): string {
  // The game's fields stand first, so that none of them can replace one of ours.
  return JSON.stringify({ ...fields, event: 'server_event', type, server_id: serverId, pinky_id: box, ts, id: `${serverId}:${run}:${place}` });
}
