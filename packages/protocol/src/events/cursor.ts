/**
 * How far a server's events have been published. The offsets are those of the next byte to publish in the run's console
 * and journal. Run ids sort by age as text, so a position of an older run is behind every position of a newer one.
 */
export interface Cursor {
  readonly run: string;
  readonly console: number;
  readonly journal: number;
}

/** One event on its way to Redis: its stream, where its line starts and ends (exclusive), and its JSON. */
export interface PendingEvent {
  readonly stream: 'console' | 'journal';
  readonly start: number;
  readonly end: number;
  readonly json: string;
}
