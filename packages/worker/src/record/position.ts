/** A place in a run: offsets of the next byte in its console and in its journal. */
export interface Position {
  readonly console: number;
  readonly journal: number;
}

export const isSame = (a: Position, b: Position): boolean => a.console === b.console && a.journal === b.journal;

export const isAtOrBefore = (a: Position, b: Position): boolean => a.console <= b.console && a.journal <= b.journal;
