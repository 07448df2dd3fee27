import type { PendingEvent } from '@pinky/protocol';
import { isSame, type Position } from '../record/position.js';
import type { EventBatch } from './event-batch.js';
import { unpublishedBytes, type SentRun } from './sent-runs.js';

/**
 * How much more than necessary is dropped at once, as a part of the limit. So one `events_lost` stands for many events.
 */
const atOnce = 1 / 8;

/** The events of one run that were dropped: all between two positions. */
export interface DroppedEvents {
  readonly run: string;
  readonly from: Position;
  readonly to: Position;
  /** Events that will never come. */
  readonly count: number;
  /** Events that were sent and not confirmed. They may come, or have come. */
  readonly unsure: number;
}

/**
 * Drops the oldest events of the oldest runs, until no more than seven eighths of the limit wait. They are read once
 * more, to count them and to know what is true after them. `next` reads on from where a run stands. `sent` is the batch
 * that is on its way.
 */
export function dropOldest(
  runs: readonly SentRun[],
  limitBytes: number,
  next: (run: SentRun) => EventBatch | undefined,
  sent: EventBatch | undefined,
): DroppedEvents[] {
  const enough = limitBytes * (1 - atOnce);
  const dropped: DroppedEvents[] = [];
  for (const run of runs) {
    const from = run.acked;
    const counts = { count: 0, unsure: 0 };
    while (unpublishedBytes(runs) > enough && !isSame(run.acked, run.live)) {
      const isSent = sent?.run === run.id && isSame(sent.from, run.acked);
      const batch = isSent ? sent : next(run);
      if (!batch) break;
      for (const event of batch.events) addTo(counts, event, isSent);
      run.acked = batch.to;
    }
    if (!isSame(from, run.acked)) dropped.push({
      run: run.id,
      from,
      to: run.acked,
      ...counts,
    });
  }
  return dropped;
}

/** A dropped `events_lost` stands for the events that it told of. */
function addTo(counts: { count: number; unsure: number }, { stream, json }: PendingEvent, isSent: boolean): void {
  // we wrote it
  const told =
    stream === 'journal' && json.includes('"events_lost"')
      ? (JSON.parse(json) as { count?: number; unsure?: number })
      : { count: 1 };
  const { count = 1, unsure = 0 } = told;
  counts.count += isSent ? 0 : count;
  counts.unsure += isSent ? count + unsure : unsure;
}
