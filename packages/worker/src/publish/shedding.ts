import type { PendingEvent } from '@pinky/protocol';
import { isSame, type Batch, type Position } from './batch.js';
import type { PublishedRun } from './publisher.js';

/** So much more than must be is let go at once, as a part of the limit: one `events_lost` then stands for many events. */
const atOnce = 1 / 8;

/** What was let go of one run: everything between two positions, with so many events. */
export interface Shed {
  readonly run: string;
  readonly from: Position;
  readonly to: Position;
  readonly count: number;
}

export const unpublishedBytes = (runs: readonly PublishedRun[]): number =>
  runs.reduce((sum, { acked, live }) => sum + live.console - acked.console, 0);

/**
 * Lets the oldest events of the oldest runs go until no more than seven eighths of the limit wait. They are read once
 * more, since what is true after them must be known, and to count them. `next` reads on from where a run stands.
 */
export function shedOldest(runs: readonly PublishedRun[], limitBytes: number, next: (run: PublishedRun) => Batch | undefined): Shed[] {
  const enough = limitBytes * (1 - atOnce);
  const shed: Shed[] = [];
  for (const run of runs) {
    const from = run.acked;
    let count = 0;
    while (unpublishedBytes(runs) > enough && !isSame(run.acked, run.live)) {
      const batch = next(run);
      if (!batch) break;
      count += batch.events.reduce((sum, event) => sum + eventsIn(event), 0);
      run.acked = batch.to;
    }
    if (!isSame(from, run.acked)) shed.push({ run: run.id, from, to: run.acked, count });
  }
  return shed;
}

/** An `events_lost` that is let go itself stands for those that it told of. */
function eventsIn({ stream, json }: PendingEvent): number {
  if (stream !== 'journal' || !json.includes('"events_lost"')) return 1;
  const { count } = JSON.parse(json) as { count?: unknown }; // we wrote it
  return typeof count === 'number' ? count : 1;
}
