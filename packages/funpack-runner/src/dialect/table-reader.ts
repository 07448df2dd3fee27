import type { GameEvent, Poll } from '@pinky/protocol';
import type { PlayerEntry } from './players.js';

/** More rows than any list of players has. A table that never ends goes no further. */
const mostRows = 10_000;

/** The meaning of a line for a table: whether it is a part of it, and the list that is whole with it. */
export interface TableReading {
  readonly isPart: boolean;
  readonly list?: GameEvent;
}

/**
 * Reads the table of players that a game prints when it is polled: from a line that matches `from`, or from lines that
 * do right after one another, to one that matches `to`, or, without `to`, to the first line that is no row. Lines in
 * between that are no rows are left alone, because a game may print anything meanwhile.
 */
export class TableReader {
  readonly #from: readonly RegExp[];
  /** How many lines of `from` have come. None again once the table has begun. */
  #begun = 0;
  readonly #row: RegExp;
  readonly #to: RegExp | undefined;
  #rows: PlayerEntry[] | undefined;

  /** `rows`: those of a table that is half read. */
  constructor({ from, row, to }: Poll, rows?: readonly PlayerEntry[]) {
    this.#rows = rows && [...rows];
    this.#from = (typeof from === 'string' ? [from] : from).map((pattern) => new RegExp(pattern));
    this.#row = new RegExp(row);
    this.#to = to === undefined ? undefined : new RegExp(to);
  }

  /** The rows of the table that is half read. Undefined between two tables. */
  get rows(): readonly PlayerEntry[] | undefined {
    return this.#rows && [...this.#rows];
  }

  read(line: string): TableReading {
    const rows = this.#rows;
    // A ruler may stand above and below. The one below may be the one above of the next table.
    if (rows && this.#from.length > 1 && this.#to?.test(line) === true) {
      const whole = this.#whole();
      this.#begins(line);
      return { isPart: true, ...whole };
    }
    if (this.#begins(line)) {
      const isWhole = this.#from.length === 1 && this.#to?.test(line) === true;
      return { isPart: true, ...(isWhole && this.#whole()) };
    }
    if (rows === undefined) return { isPart: false };
    if (this.#to?.test(line) === true) return { isPart: true, ...this.#whole() };
    const entry = entryOf(this.#row.exec(line));
    if (entry && rows.length < mostRows) rows.push(entry);
    if (entry) return { isPart: true };
    return { isPart: false, ...(this.#to ? {} : this.#whole()) };
  }

  /** Whether the line is one of `from`, at its place. A table that was cut short counts for nothing. */
  #begins(line: string): boolean {
    const isNext = this.#from[this.#begun]?.test(line) === true;
    const isFirst = !isNext && this.#from[0]?.test(line) === true;
    this.#begun = isNext ? this.#begun + 1 : isFirst ? 1 : 0;
    if (!isNext && !isFirst) return false;
    const hasBegun = this.#begun === this.#from.length;
    this.#rows = hasBegun ? [] : undefined;
    if (hasBegun) this.#begun = 0;
    return true;
  }

  /** No further line comes: a table without an end is whole. */
  end(): GameEvent | undefined {
    return this.#to === undefined ? this.#whole().list : undefined;
  }

  #whole(): { list?: GameEvent } {
    const players = this.#rows;
    this.#rows = undefined;
    return players === undefined ? {} : { list: { type: 'players_list', players } };
  }
}

function entryOf(match: RegExpExecArray | null): PlayerEntry | undefined {
  const { user, id } = match?.groups ?? {};
  if (user === undefined || user === '') return undefined;
  return id === undefined ? { name: user } : { name: user, id };
}
