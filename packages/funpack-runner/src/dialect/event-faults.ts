import type { GameEventType } from '@pinky/protocol';

/**
 * Why a line that names an event is none: a field is missing, has another form than the event needs, or is not that of
 * the player whom the line names.
 */
export type EventFault = { readonly event: GameEventType; readonly field: string } & (
  | { readonly isMissing: boolean; readonly isOfAnother?: never }
  | { readonly isOfAnother: true; readonly isMissing?: never }
);

/** A fault, and how often the run has had it, this time included. */
export type CountedFault = EventFault & { readonly count: number };

/** How often each kind of fault came, by its sentence. */
export type FaultCounts = Readonly<Record<string, number>>;

/** One sentence for each kind. There are only as many kinds as events have fields. */
export const faultText = ({ event, field, isMissing, isOfAnother }: EventFault): string =>
  isOfAnother
    ? `${event} with a ${field} that the player of that name does not have`
    : `${event} ${isMissing ? 'without' : 'with an unusable'} ${field}`;

/** Counts the lines of a run that name an event and cannot be used as one. */
export class EventFaults {
  readonly #counts: Map<string, number>;

  constructor(counts: FaultCounts = {}) {
    this.#counts = new Map(Object.entries(counts));
  }

  get counts(): FaultCounts {
    return Object.fromEntries(this.#counts);
  }

  add(fault: EventFault): CountedFault {
    const text = faultText(fault);
    const count = (this.#counts.get(text) ?? 0) + 1;
    this.#counts.set(text, count);
    return { ...fault, count };
  }
}
