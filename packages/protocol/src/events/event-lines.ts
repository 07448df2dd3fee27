import type { PendingEvent } from './cursor.js';

type Place = Pick<PendingEvent, 'stream' | 'start'>;

/** Bytes of one place: a double, which holds every offset of a file exactly. */
const placeBytes = 8;
const newline = 10;

/**
 * The events of a batch as one text, the JSON of each on a line of its own, with their places beside it. A process that
 * only passes them on need not take them apart: that is most of what an event costs between a worker and Redis.
 */
export class EventLines {
  #events: readonly PendingEvent[] | undefined;

  /** `text` ends with a newline, unless there are no events. `places` has twice the start, and 1 more in a journal. */
  constructor(readonly text: Buffer, readonly places: Buffer) {}

  static of(events: readonly PendingEvent[]): EventLines {
    const places = Buffer.allocUnsafe(events.length * placeBytes);
    for (const [n, { stream, start }] of events.entries()) {
      places.writeDoubleLE(start * 2 + (stream === 'journal' ? 1 : 0), n * placeBytes);
    }
    return new EventLines(Buffer.from(events.map(({ json }) => `${json}\n`).join('')), places);
  }

  /** Undefined if a peer sent something else. */
  static read(text: unknown, places: unknown): EventLines | undefined {
    if (!(text instanceof Uint8Array && places instanceof Uint8Array)) return undefined;
    return new EventLines(asBuffer(text), asBuffer(places));
  }

  /** How many events there are. */
  get count(): number {
    return this.places.length / placeBytes;
  }

  /** Whether no event starts before these offsets. */
  isFrom(from: Readonly<Record<Place['stream'], number>>): boolean {
    for (let n = 0; n < this.count; n++) {
      const { stream, start } = this.#place(n);
      if (start < from[stream]) return false;
    }
    return true;
  }

  /** The events by themselves. Where its line ends is not known of any: each seems to be one byte long. */
  get events(): readonly PendingEvent[] {
    return (this.#events ??= this.#takenApart());
  }

  #takenApart(): readonly PendingEvent[] {
    const events: PendingEvent[] = [];
    for (let at = 0, n = 0; n < this.count; n++) {
      const end = this.text.indexOf(newline, at);
      const { stream, start } = this.#place(n);
      events.push({ stream, start, end: start + 1, json: this.text.toString('utf8', at, end) });
      at = end + 1;
    }
    return events;
  }

  #place(n: number): Place {
    const place = this.places.readDoubleLE(n * placeBytes);
    const isJournal = place % 2 === 1;
    return { stream: isJournal ? 'journal' : 'console', start: (place - (isJournal ? 1 : 0)) / 2 };
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
