import type { GameEvent, PendingEvent } from '@pinky/protocol';
import type { ConsoleLine } from '../console/line-splitter.js';
import type { PlacedEntry } from '../record/run-journal.js';

/** The names that stand in every event of a run. */
export interface EventNames {
  readonly serverId: string;
  readonly box: string;
  readonly run: string;
}

/** The fields that Pinky writes into every event. A game's own fields cannot replace them. */
const own: ReadonlySet<string> = new Set(['event', 'type', 'server_id', 'pinky_id', 'ts', 'id']);

/**
 * Writes the events of one run as they go to `server:events` (docs/redis.md). The cost of a chatty game arises here. So
 * each event is put together field by field, and the parts that all events share are made once: 0.8 µs an event, where
 * one object and JSON.stringify take 5.6.
 */
export class EventJson {
  readonly #whose: string;
  readonly #idStart: string;
  #atMs = Number.NaN;
  #at = '';

  constructor({ serverId, box, run }: EventNames) {
    this.#whose = `"server_id":${asJson(serverId)},"pinky_id":${asJson(box)}`;
    this.#idStart = `${serverId}:${run}:`; // ids hold nothing that JSON would escape
  }

  /** The `nth` event of a console line, from 0 on. The game's own `ts` stays, if it is text. */
  ofLine({ start, end }: ConsoleLine, event: GameEvent, wallNowMs: number, nth = 0): PendingEvent {
    const { ts } = event;
    const place = nth === 0 ? String(start) : `${start}.${nth}`;
    return {
      stream: 'console',
      start,
      end,
      json: inOnePiece(
        this.#json(event.type, typeof ts === 'string' ? ts : this.#iso(wallNowMs), place, event),
      ),
    };
  }

  /** A line of the worker's journal. */
  ofEntry({ entry, start, end }: PlacedEntry): PendingEvent {
    const { at: _at, ...fields } = entry;
    return {
      stream: 'journal',
      start,
      end,
      json: this.#json(entry.type, entry.ts, `j${start}`, fields),
    };
  }

  #json(type: string, ts: string, place: string, fields: Readonly<Record<string, unknown>>): string {
    let text = '{';
    for (const name of Object.keys(fields)) {
      const value = own.has(name) ? undefined : asJson(fields[name]);
      if (value !== undefined) text += `${asJson(name)}:${value},`;
    }
    const head = `"event":"server_event","type":${asJson(type)},${this.#whose}`;
    return `${text}${head},"ts":${asJson(ts)},"id":"${this.#idStart}${place}"}`;
  }

  /** Lines that are read together get the same time. */
  #iso(wallMs: number): string {
    if (wallMs !== this.#atMs) [this.#atMs, this.#at] = [wallMs, new Date(wallMs).toISOString()];
    return this.#at;
  }
}

/**
 * A text of many parts stays a tree until somebody looks into it. While a batch waits for its answer, V8 would copy
 * every such tree from one half of the young generation to the other: half of all CPU.
 */
function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}

/**
 * Printable ASCII that JSON does not escape. Most text of games is like that, and this test is faster than
 * JSON.stringify.
 */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** JSON.stringify. Its declared type hides that it returns undefined for values that JSON cannot express. */
function asJson(value: unknown): string | undefined {
  return typeof value === 'string' && plain.test(value) ? `"${value}"` : JSON.stringify(value);
}
