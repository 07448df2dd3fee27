import type { PendingEvent } from '@pinky/protocol';
import type { EventBatch } from '../../src/publish/event-batch.js';
import type { LineRange } from '../../src/publish/derive.js';
import type { Checkpoint } from '../../src/record/checkpoint.js';
import type { Position } from '../../src/record/position.js';

/** Bytes of each line, and lines that one derived batch takes. */
export const lineBytes = 10;
const derivedLines = 3;

/** One run as its files hold it: console lines that are events or text, and journal entries between them. */
export interface ModelRun {
  readonly id: string;
  readonly lines: boolean[];
  readonly notes: { readonly at: number }[];
  isComplete: boolean;
}

/** The truth at a console offset; it must come with every position that a reading begins at. */
export const stateAt = ({ console, journal }: Position): Checkpoint => ({
  console,
  journal,
  isReady: console > 0,
  players: [{ name: `after ${console}` }],
});

export const consoleEvent = (run: string, line: number): PendingEvent => ({
  stream: 'console',
  start: line * lineBytes,
  end: (line + 1) * lineBytes,
  json: `${run}:${line}`,
});
export const journalEvent = (run: string, note: number): PendingEvent => ({
  stream: 'journal',
  start: note * lineBytes,
  end: (note + 1) * lineBytes,
  json: `${run}:j${note}`,
});

/** The events of a run, in order. */
export function saidBy(run: ModelRun): string[] {
  const events: string[] = [];
  for (let line = 0; line <= run.lines.length; line++) {
    run.notes.forEach((note, n) => { if (note.at === line * lineBytes) events.push(`${run.id}:j${n}`); });
    if (run.lines[line]) events.push(`${run.id}:${line}`);
  }
  return events;
}

/** Reads a range of the run again. Throws if it is begun with what was true elsewhere. */
export function deriveFrom(run: ModelRun, { from, to, published }: LineRange): EventBatch {
  if (from.players[0]?.name !== `after ${from.console}`) {
    throw new Error(`begun at ${from.console} with what was true ${from.players[0]?.name}`);
  }
  const end = Math.min(to.console, from.console + derivedLines * lineBytes);
  const isWhole = end === to.console;
  const events: PendingEvent[] = [];
  let journal = from.journal;
  for (let at = from.console; at <= end; at += lineBytes) {
    run.notes.forEach((note, n) => {
      const isInRange = n * lineBytes >= from.journal && (n + 1) * lineBytes <= to.journal;
      if (isInRange && note.at === at && n * lineBytes >= journal) {
        events.push(journalEvent(run.id, n));
        journal = (n + 1) * lineBytes;
      }
    });
    if (at < end && run.lines[at / lineBytes]) events.push(consoleEvent(run.id, at / lineBytes));
  }
  return {
    run: run.id,
    from,
    to: stateAt({ console: end, journal: isWhole ? to.journal : journal }),
    events: events.filter(({ stream, start }) => start >= published[stream]),
  };
}
