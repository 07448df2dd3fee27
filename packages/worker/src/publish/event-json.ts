import type { GameEvent, PendingEvent } from '@pinky/protocol';
import type { ConsoleLine } from '../console/line-splitter.js';
import type { PlacedEntry } from '../record/run-journal.js';

/** Whose events they are: names that stand in each of them. */
export interface EventNames {
  readonly serverId: string;
  readonly box: string;
  readonly run: string;
}

/** What every published event says of itself; nothing of the game's can stand in its place. */
const own: ReadonlySet<string> = new Set(['event', 'type', 'server_id', 'pinky_id', 'ts', 'id']);

/**
 * Writes the events of one run as they go to `server:events` (DESIGN §7). A game that talks a lot is paid for here:
 * each is put together field by field, and what is the same in all of them is said once (0.8 µs an event, where one
 * object of all fields and JSON.stringify take 5.6).
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

  /** A console line that is an event. The game's own `ts` stands, if it is text. */
  ofLine({ start, end }: ConsoleLine, event: GameEvent, wallNowMs: number): PendingEvent {
    const { ts } = event;
    return {
      stream: 'console',
      start,
      end,
      json: inOnePiece(
        this.#json(event.type, typeof ts === 'string' ? ts : this.#iso(wallNowMs), String(start), event),
      ),
    };
  }

  /** A line of the worker's own journal, likewise. */
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

  /** Lines that are read together have the same time. */
  #iso(wallMs: number): string {
    if (wallMs !== this.#atMs) [this.#atMs, this.#at] = [wallMs, new Date(wallMs).toISOString()];
    return this.#at;
  }
}

/**
 * A text that was put together of many parts stays a tree of them until somebody looks into it. As a batch waits for
 * its answer, V8 would copy every such tree from one half of the young generation to the other: half of all CPU.
 */
function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}

/**
 * Printable ASCII that stands in JSON as it is: most of what games say, and told sooner than JSON.stringify is called.
 */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** JSON.stringify as it is: it gives nothing for what JSON cannot say, which its type leaves out. */
function asJson(value: unknown): string | undefined {
  return typeof value === 'string' && plain.test(value) ? `"${value}"` : JSON.stringify(value);
}
