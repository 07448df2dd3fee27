import { closeSync, openSync, readSync } from 'node:fs';
import type { GameEvent, PendingEvent, RunPaths } from '@pinky/protocol';
import { LineSplitter } from '../console/line-splitter.js';
import { readJournal } from '../record/journal.js';
import { consoleEvent, journalEvent, type EventNames } from './event-json.js';
import type { Batch, Position } from './batch.js';

/** Console bytes that are read at once when events are derived from the file a second time. */
const deriveBytes = 256 * 1024;

export interface DeriveInput {
  readonly names: EventNames;
  readonly run: RunPaths;
  /** A fresh reader of the game's dialect. */
  readonly read: (line: string) => GameEvent | undefined;
  readonly wallNowMs: number;
}

/**
 * The events of a run between two positions, read from its files again: for when the queue was away, or the worker was
 * replaced. Returns at most about 256 KiB of console; the same events at the same offsets as the first reading found.
 */
export function deriveBatch(input: DeriveInput, from: Position, to: Position): Batch {
  const events: PendingEvent[] = [];
  const consoleEnd = from.console < to.console ? readConsole(input, from.console, to.console, events) : from.console;
  const journal = readJournal(input.run.journal, from.journal).filter(({ end, entry }) => end <= to.journal && entry.at <= consoleEnd);
  for (const placed of journal) insertInOrder(events, journalEvent(input.names, placed), placed.entry.at);
  const journalEnd = consoleEnd === to.console ? to.journal : (journal.at(-1)?.end ?? from.journal);
  return { run: input.names.run, from, to: { console: consoleEnd, journal: journalEnd }, events };
}

/** Reads events between two offsets; returns where it stopped: `end`, or the last line's end before the byte limit. */
function readConsole({ run, names, read, wallNowMs }: DeriveInput, start: number, end: number, events: PendingEvent[]): number {
  const splitter = new LineSplitter(start);
  const bytes = readRange(run.console, start, Math.min(end, start + deriveBytes));
  const take = (line: Parameters<Parameters<LineSplitter['push']>[1]>[0]): void => {
    const event = read(line.text);
    if (event) events.push(consoleEvent(names, line, event, wallNowMs));
  };
  splitter.push(bytes, take);
  if (start + bytes.length >= end || splitter.position === start) splitter.flush(take);
  return Math.min(end, splitter.position);
}

function readRange(path: string, start: number, end: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(end - start);
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start));
  } finally {
    closeSync(fd);
  }
}

/** A journal event that happened at `at` stands before every console line that starts there or later. */
function insertInOrder(events: PendingEvent[], event: PendingEvent, at: number): void {
  const place = events.findIndex((other) => other.stream === 'console' && other.start >= at);
  if (place < 0) events.push(event);
  else events.splice(place, 0, event);
}
