import type { IMarker, Terminal } from '@xterm/xterm';
import type { ConsolePlace } from '../api/types.js';

/** Lines that were written to the screen together. */
interface Batch {
  /** The row behind the last of them. */
  readonly end: IMarker;
  /** Undefined for a line that is no game's. */
  readonly places: readonly (ConsolePlace | undefined)[];
  /** The rows in which the lines begin, counted back from the end. They change with the width of the screen. */
  rows?: readonly number[];
}

/** Finds the row of the screen in which a line of the console begins. */
export class LinePlaces {
  #batches: Batch[] = [];

  constructor(private readonly terminal: Terminal) {
    terminal.onResize(() => {
      for (const batch of this.#batches) delete batch.rows;
    });
  }

  /** Call it when the lines were written, and nothing else since. */
  add(places: readonly (ConsolePlace | undefined)[]): void {
    const end = this.terminal.registerMarker(0);
    this.#batches = [...this.#batches.filter((batch) => !batch.end.isDisposed), { end, places }];
  }

  /** Undefined for a line that is not on the screen, or has left it. An endless offset means the last line of a run. */
  rowOf({ run, offset }: ConsolePlace): number | undefined {
    const isIt = (place: ConsolePlace | undefined): boolean =>
      place?.run === run && (place.offset === offset || offset === Number.POSITIVE_INFINITY);
    const batch = this.#batches.findLast(({ end, places }) => !end.isDisposed && places.some(isIt));
    if (!batch) return undefined;
    batch.rows ??= this.#rowsOf(batch);
    const back = batch.rows[batch.places.findLastIndex(isIt)];
    const row = back === undefined ? -1 : batch.end.line - back;
    return row < 0 ? undefined : row;
  }

  /** A long line takes several rows, of which the first is not wrapped. */
  #rowsOf({ end, places }: Batch): number[] {
    const buffer = this.terminal.buffer.active;
    const rows: number[] = [];
    for (let row = end.line - 1; row >= 0 && rows.length < places.length; row--) {
      if (buffer.getLine(row)?.isWrapped === false) rows.push(end.line - row);
    }
    const lost = places.length - rows.length; // their rows have left the screen
    return [...Array<number>(lost).fill(Number.POSITIVE_INFINITY), ...rows.toReversed()];
  }
}
