import type { PendingEvent } from '@pinky/protocol';
import { isSame, type EventBatch, type Position } from './event-batch.js';
import type { PublishedRun } from './event-sender.js';

/**
 * So much more than must be is let go at once, as a part of the limit: one `events_lost` then stands for many events.
 */
const atOnce = 1 / 8;

/** What was let go of one run: everything between two positions. */
export interface Shed {
  readonly run: string;
  readonly from: Position;
  readonly to: Position;
  /** Events that will never come. */
  readonly count: number;
  /** Events that had been sent and were not confirmed: they may come, or have come. */
  readonly unsure: number;
}

export const unpublishedBytes = (runs: readonly PublishedRun[]): number =>
  runs.reduce((sum, { acked, live }) => sum + live.console - acked.console, 0);

/**
 * Lets the oldest events of the oldest runs go until no more than seven eighths of the limit wait. They are read once
 * more, since what is true after them must be known, and to count them. `next` reads on from where a run stands; `sent`
 * is the batch that is on its way.
 */
export function shedOldest(
  runs: readonly PublishedRun[],
  limitBytes: number,
  next: (run: PublishedRun) => EventBatch | undefined,
  sent: EventBatch | undefined,
): Shed[] {
  const enough = limitBytes * (1 - atOnce);
  const shed: Shed[] = [];
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
    if (!isSame(from, run.acked)) shed.push({ run: run.id, from, to: run.acked, ...counts });
  }
  return shed;
}

/** An `events_lost` that is let go itself stands for those that it told of. */
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
