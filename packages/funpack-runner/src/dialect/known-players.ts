import type { PlayerEntry } from './players.js';

/** As many as are between one line and the next that needs them. The oldest goes first. */
const mostKnown = 200;

/** The names and numbers that a line of their own has brought together, for later lines that have only one of them. */
export class KnownPlayers {
  readonly #entries: Map<string, string>;

  constructor(entries: readonly PlayerEntry[] = []) {
    this.#entries = new Map(entries.map(({ name, id }) => [String(id), name]));
  }

  get all(): readonly PlayerEntry[] {
    return [...this.#entries].map(([id, name]) => ({ name, id }));
  }

  /** A name has one number, and a number one name: those of the newest line. */
  learn({ name, id }: { readonly name: string; readonly id: string }): void {
    this.forget(name);
    this.#entries.delete(id);
    this.#entries.set(id, name);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > mostKnown && oldest !== undefined) this.#entries.delete(oldest);
  }

  forget(name: unknown): void {
    for (const [id, known] of this.#entries) if (known === name) this.#entries.delete(id);
  }

  nameOf(id: string): string | undefined {
    return this.#entries.get(id);
  }

  idOf(name: unknown): string | undefined {
    return [...this.#entries].find(([, known]) => known === name)?.[0];
  }
}
