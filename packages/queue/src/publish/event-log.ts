import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type Cursor, type Logger } from '@pinky/protocol';
import { linesFrom, noCursor, type EventsMessage } from './event-batch.js';

/** A file of the log gets no more once it has this length. Together they are as long as eight, and the oldest goes. */
const segmentBytes = 4 * 1024 * 1024;
const mostSegments = 8;
/** The events that a full disk could not take are tried again with the next ones, up to this length. */
const heldBytes = 4 * 1024 * 1024;

const segmentName = /^(\d{12})\.jsonl$/;
/** Every event ends with its id: `<server>:<run>:<offset>`, `…:j<offset>` for one of the worker's journal. */
const idAtEnd = /"id":"([A-Za-z0-9_-]+):([^:"]+):(j?)(\d+)(?:\.\d+)?"\}$/;

/**
 * The newest events of the box in files, each once and in the order in which they came, for those who read them without
 * Redis. An event is in here before it is published: so nothing that Redis has is missing.
 */
export class EventLog {
  readonly #seen = new Map<string, Cursor>();
  #segment = 0;
  #size = 0;
  #held: Buffer | string = '';

  constructor(private readonly dir: string, private readonly logger: Logger) {}

  /**
   * Reads what is there, so that nothing is written twice. Call it once, before the first event comes. A log that
   * cannot be read keeps no box from running.
   */
  load(): void {
    try {
      this.#load();
    } catch (error) {
      this.logger.warn({ event: 'event_log.not_read', because: messageOf(error) });
    }
  }

  #load(): void {
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const segments = this.#segments();
    for (const segment of segments) this.#learn(segment);
    this.#segment = segments.at(-1) ?? 1;
    const { size = 0 } = statSync(this.#file(this.#segment), { throwIfNoEntry: false }) ?? {};
    this.#size = size;
    // Its last line may have been cut short, and the next one must not be joined to it.
    if (size > 0) this.#begin(this.#segment + 1);
  }

  add(batch: EventsMessage): void {
    const { serverId, run, console, journal } = batch;
    const seen = this.#seen.get(serverId) ?? noCursor;
    if (run < seen.run) return;
    const from = run > seen.run ? { ...noCursor, run } : seen;
    const { text } = linesFrom(batch, from);
    this.#seen.set(serverId, {
      run,
      console: Math.max(from.console, console),
      journal: Math.max(from.journal, journal),
    });
    if (text.length > 0 || this.#held.length > 0) this.#write(text);
  }

  forget(serverId: string): void {
    this.#seen.delete(serverId);
  }

  #write(text: Buffer | string): void {
    const all = this.#held.length === 0 ? text : Buffer.concat([asBuffer(this.#held), asBuffer(text)]);
    try {
      if (this.#size >= segmentBytes) this.#begin(this.#segment + 1);
      appendFileSync(this.#file(this.#segment), all, { mode: 0o600 });
      this.#size += Buffer.byteLength(all);
      this.#held = '';
    } catch (error) {
      if (this.#held.length === 0) this.logger.warn({ event: 'event_log.not_written', because: messageOf(error) });
      this.#held = all.length > heldBytes ? '' : all;
      this.#size = segmentBytes; // a part of it may have been written: the next try begins a new file
    }
  }

  #begin(segment: number): void {
    this.#segment = segment;
    this.#size = 0;
    for (const old of this.#segments().slice(0, -mostSegments + 1)) rmSync(this.#file(old), { force: true });
  }

  #learn(segment: number): void {
    for (const line of readFileSync(this.#file(segment), 'utf8').split('\n')) {
      const [, serverId, run = '', isJournal, start] = idAtEnd.exec(line) ?? [];
      if (serverId === undefined) continue;
      const seen = this.#seen.get(serverId) ?? noCursor;
      if (run < seen.run) continue;
      const from = run > seen.run ? { ...noCursor, run } : seen;
      const stream = isJournal === '' ? 'console' : 'journal';
      this.#seen.set(serverId, { ...from, [stream]: Math.max(from[stream], Number(start) + 1) });
    }
  }

  #segments(): number[] {
    return readdirSync(this.dir)
      .flatMap((name) => segmentName.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  #file(segment: number): string {
    return join(this.dir, `${String(segment).padStart(12, '0')}.jsonl`);
  }
}

const asBuffer = (text: Buffer | string): Buffer => (typeof text === 'string' ? Buffer.from(text) : text);
