import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The ledgers of the games, with the trial's own lines between: which generation of each server is promised, and with
 * which world its games were launched. The ledgers are not on the disk whose power is cut.
 */
export class Promises {
  #restores = 0;

  constructor(dir) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  /** Notes that a server is about to be started from an older generation. Answers what to call when that is over. */
  restoring(serverId, generation) {
    const number = ++this.#restores;
    this.#note(serverId, `restoring ${number} ${generation}`);
    return () => this.#note(serverId, `restored ${number}`);
  }

  #note(serverId, line) {
    appendFileSync(join(this.dir, serverId), `${line}\n`);
  }

  /** The present words of a server's ledger. */
  of(serverId) {
    const account = new Account();
    for (const line of this.#linesOf(serverId)) account.take(line);
    return account;
  }

  #linesOf(serverId) {
    try {
      return readFileSync(join(this.dir, serverId), 'utf8').split('\n').slice(0, -1);
    } catch {
      return []; // its first game has not begun
    }
  }
}

class Account {
  /** The newest generation that the game knows to be on the disk. */
  promised = 0;
  /** Each launch of a game: who it is, its port, and what is wrong with the world that it found. */
  launches = [];
  /** Generations that may come back on request, by the number of the request. */
  #older = new Map();

  /** The oldest generation that the present world may be: one that was gone back to, while no game has saved since. */
  get leastPresent() {
    return Math.min(this.promised, ...[...this.#older.values()].map(({ generation }) => generation));
  }

  take(line) {
    const [word, ...rest] = line.split(' ');
    if (word === 'saved') this.#saved(Number(rest[0]));
    if (word === 'restoring') this.#older.set(rest[0], { generation: Number(rest[1]), isOver: false });
    if (word === 'restored') this.#older.get(rest[0]).isOver = true;
    if (word === 'launched') this.#launched(rest);
  }

  #saved(generation) {
    this.promised = generation;
    for (const [number, { isOver }] of this.#older) if (isOver) this.#older.delete(number);
  }

  #launched([boot, port, kind, generation, ...why]) {
    this.launches.push({ boot, port: Number(port), wrong: this.#wrong(kind, Number(generation), why.join(' ')) });
  }

  #wrong(kind, generation, why) {
    if (kind === 'torn') return `a torn world was launched: ${why}`;
    const isWanted = [...this.#older.values()].some((older) => older.generation === generation);
    if (generation >= this.promised || isWanted) return undefined;
    const found = kind === 'none' ? 'no world' : `generation ${generation}`;
    return `it was launched with ${found}, and ${this.promised} is promised`;
  }
}
