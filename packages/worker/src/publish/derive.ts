import type { Encoding, FaultCounts, HalfRead, PlayerEntry, Reading } from '@pinky/funpack-runner/light';
import type { GameEvent, PendingEvent, RunPaths } from '@pinky/protocol';
import { LineSplitter, type ConsoleLine } from '../console/line-splitter.js';
import { readRange } from '../console/read-range.js';
import type { Checkpoint } from '../record/checkpoint.js';
import type { Position } from '../record/position.js';
import { Recalled } from './recalled.js';
import { readJournal, type PlacedEntry, type RunJournalEntry } from '../record/run-journal.js';
import { EventJson, type EventNames } from './event-json.js';
import type { EventBatch } from './event-batch.js';

/** How many console bytes are read at once when events are derived from the file a second time. */
const deriveBytes = 256 * 1024;

/** Reads the game's dialect, beginning with what was true at a position. */
export interface DialectReader {
  read(line: string): Reading;
  recall(note: RunJournalEntry): void;
  readonly players: readonly PlayerEntry[];
  readonly faults: FaultCounts;
  readonly half?: HalfRead | undefined;
  readonly encoding?: Encoding;
}

/** Shows of an event only what may be seen. */
export type ShownEvent = (event: GameEvent) => GameEvent;

export interface DeriveInput {
  readonly names: EventNames;
  readonly paths: RunPaths;
  readonly reader: DialectReader;
  /** Default: the event as it is. */
  readonly shown?: ShownEvent;
  readonly wallNowMs: number;
}

export interface LineRange {
  readonly from: Checkpoint;
  readonly to: Position;
  /** Events before this place are published. They are read, since later ones may depend on them, and left out. */
  readonly published: Position;
}

/**
 * Reads the events of a run between two positions from its files again, because the queue was away or the worker was
 * replaced. Takes about 256 KiB of console at most. Finds the same events at the same offsets as the first reading.
 * Throws if the console cannot be read.
 */
export function deriveBatch(input: DeriveInput, { from, to, published }: LineRange): EventBatch {
  const found: Found = { events: [], isReady: from.isReady };
  const json = new EventJson(input.names);
  const notes = readJournal(input.paths.journal, from.journal).filter((placed) => placed.end <= to.journal);
  const recalled = new Recalled(notes.map(({ entry }) => entry), (entry) => input.reader.recall(entry));
  const range = { ...input, json, recalled };
  const end = from.console < to.console ? readConsole(range, from.console, to.console, found) : from.console;
  const isWhole = end >= to.console;
  const entries = notes.filter(({ entry }) => isWhole || entry.at <= end);
  recalled.upTo(end);
  const journal = isWhole ? to.journal : (entries.at(-1)?.end ?? from.journal);
  const events = inOrder(found.events, entries, json).filter(({ stream, start }) => start >= published[stream]);
  return {
    run: input.names.run,
    from,
    to: {
      console: end,
      journal,
      isReady: found.isReady,
      players: input.reader.players,
      faults: input.reader.faults,
      ...(input.reader.half && { half: input.reader.half }),
    },
    events,
  };
}

interface Found {
  readonly events: PendingEvent[];
  isReady: boolean;
}

/** Reads events between two offsets. Answers where it stopped: at `end`, or at the last line's end before the limit. */
function readConsole(
  { paths, json, reader, recalled, shown = (event) => event, wallNowMs }: DeriveInput & {
    readonly json: EventJson;
    readonly recalled: Recalled;
  },
  start: number,
  end: number,
  found: Found,
): number {
  const splitter = new LineSplitter(start, reader.encoding && ((...bytes) => reader.encoding?.decode(...bytes) ?? ''));
  const bytes = readRange(paths.console, start, Math.min(end, start + deriveBytes));
  const take = (line: ConsoleLine): void => {
    recalled.upTo(line.start);
    for (const [nth, event] of reader.read(line.text).events.entries()) {
      if (event.type === 'started') found.isReady = true;
      found.events.push(json.ofLine(line, shown(event), wallNowMs, nth));
    }
  };
  splitter.push(bytes, take);
  if (start + bytes.length >= end) splitter.flush(take);
  return splitter.position;
}

/** An entry comes before every console line that starts at its `at` or later. */
function inOrder(lines: readonly PendingEvent[], entries: readonly PlacedEntry[], json: EventJson): PendingEvent[] {
  const events: PendingEvent[] = [];
  let next = 0;
  for (const placed of entries) {
    for (let line = lines[next]; line && line.start < placed.entry.at; line = lines[++next]) events.push(line);
    events.push(json.ofEntry(placed));
  }
  return [...events, ...lines.slice(next)];
}
