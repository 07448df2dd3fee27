const kept = 100;

/** The lines that were sent, to be sent again. */
export class Recall {
  readonly #lines: string[] = [];
  #at = 0;
  #draft = '';

  add(line: string): void {
    if (this.#lines.at(-1) !== line) this.#lines.push(line);
    if (this.#lines.length > kept) this.#lines.shift();
    this.#at = this.#lines.length;
  }

  /** The line before; `draft` is what stands there now, and comes back at the end. */
  older(draft: string): string | undefined {
    if (this.#at === this.#lines.length) this.#draft = draft;
    if (this.#at === 0) return undefined;
    return this.#lines[--this.#at];
  }

  newer(): string | undefined {
    if (this.#at === this.#lines.length) return undefined;
    return this.#lines[++this.#at] ?? this.#draft;
  }
}

/** The line with its last word made a player's name. Undefined where none begins so; Tab then does what it does. */
export function completed(line: string, players: readonly string[]): string | undefined {
  const word = /\S+$/.exec(line)?.[0];
  if (word === undefined) return undefined;
  const name = players.find((each) => each !== word && each.toLowerCase().startsWith(word.toLowerCase()));
  return name && line.slice(0, -word.length) + name;
}
