import type { PendingEvent } from '@pinky/protocol';
import type { Checkpoint } from '../record/checkpoint.js';
import { isSame, type Position } from '../record/position.js';
import type { EventBatch } from './event-batch.js';

/**
 * Events that are read while a batch is on its way, as one batch that grows. If it gets too large, it is forgotten, and
 * its events are read from the files again when their turn comes.
 */
export class WaitingEvents {
  #waiting:
    | {
        readonly run: string;
        readonly from: Position;
        to: Checkpoint;
        readonly events: PendingEvent[];
        bytes: number;
      }
    | undefined;

  constructor(private readonly mostBytes: number) {}

  keep({ run, from, to, events }: EventBatch): void {
    const bytes = events.reduce((sum, { json }) => sum + json.length, 0);
    const before = this.#waiting;
    const isNext = before === undefined || (before.run === run && isSame(before.to, from));
    const waiting = before ?? { run, from, to, events: [], bytes: 0 };
    if (!isNext || waiting.bytes + bytes > this.mostBytes) return this.forget();
    waiting.to = to;
    waiting.events.push(...events);
    waiting.bytes += bytes;
    this.#waiting = waiting;
  }

  /** Hands over the batch if it belongs to the run and begins at the place. In any case it waits no more. */
  take(run: string, from: Position): EventBatch | undefined {
    const waiting = this.#waiting;
    this.forget();
    return waiting && waiting.run === run && isSame(waiting.from, from) ? waiting : undefined;
  }

  forget(): void {
    this.#waiting = undefined;
  }
}
