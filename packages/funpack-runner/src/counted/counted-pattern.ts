/** How a game writes text as bytes. */
export interface ByteText {
  encode(text: string): Buffer;
  decode(bytes: Buffer): string;
}

/** `.{NAME}`: so many characters as the group `NAME`, which comes before, says. */
const reference = /(?<!\\)\.\{([A-Za-z_]\w*)\}/g;
/** A longer field is none that a game means: the number is of something else. */
const mostUnits = 65_536;
/** Patterns that are remembered with their lengths filled in. */
const mostKnown = 200;

/** The unit of a length: bytes as the game writes them, or characters as JavaScript and Java count them. */
export type LengthUnit = 'bytes' | 'characters';

/** The named groups of a line. `more`: a field goes on in the next line. Undefined: the line does not match. */
export type CountedMatch = Readonly<Record<string, string | undefined>> | 'more' | undefined;

/** Whether a pattern says the length of a field by another one. */
export const hasLengths = (pattern: string): boolean => referencesIn(pattern).length > 0;

/** The groups that a pattern takes lengths from, and that do not come before them. */
export const unknownLengths = (pattern: string): readonly string[] =>
  referencesIn(pattern).filter(({ name, at }) => !pattern.slice(0, at).includes(`(?<${name}>`)).map(({ name }) => name);

/**
 * A pattern in which the length of a field stands before it, as in `^say (?<n>\d+):(?<message>.{n})$`. So whatever is
 * in the field, it ends where the game says, and not where a player has written what looks like its end.
 */
export class CountedPattern {
  readonly #source: string;
  readonly #references: readonly Reference[];
  readonly #known = new Map<string, RegExp>();

  constructor(
    source: string,
    private readonly unit: LengthUnit,
    private readonly encoding: ByteText,
  ) {
    this.#source = this.#units(source);
    this.#references = referencesIn(this.#source);
  }

  exec(line: string): CountedMatch {
    const text = this.#units(line);
    const lengths: number[] = [];
    for (const { name } of this.#references) {
      const match = this.#patternFor(lengths).exec(text);
      const start = match?.indices?.groups?.['PINKY']?.[0];
      const given = match?.groups?.[name] ?? '';
      const length = /^\d{1,6}$/.test(given) ? Number(given) : mostUnits + 1;
      if (start === undefined || length > mostUnits) return undefined;
      if (text.length - start < length) return 'more';
      lengths.push(length);
    }
    const groups = this.#patternFor(lengths).exec(text)?.groups;
    return groups && Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, value === undefined ? undefined : this.#text(value)]),
    );
  }

  /** The pattern up to the field whose length is not known yet, or the whole one. */
  #patternFor(lengths: readonly number[]): RegExp {
    const key = lengths.join(' ');
    const known = this.#known.get(key);
    if (known) return known;
    const next = this.#references[lengths.length];
    const filled = this.#filled(lengths, next?.at ?? this.#source.length);
    const pattern = new RegExp(next ? `${filled}(?<PINKY>[^]*)${')'.repeat(openGroups(filled))}` : filled, 'd');
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(key, pattern);
    return pattern;
  }

  /** The source up to a place, with lengths instead of the names of their groups. */
  #filled(lengths: readonly number[], to: number): string {
    let filled = '';
    let from = 0;
    for (const [nth, length] of lengths.entries()) {
      const { at, end } = this.#references[nth] ?? { at: from, end: from };
      filled += `${this.#source.slice(from, at)}[^]{${length}}`;
      from = end;
    }
    return filled + this.#source.slice(from, to);
  }

  /** One character for each unit. A text that the encoding does not have is left as it is, and is no such line. */
  #units(text: string): string {
    if (this.unit === 'characters') return text;
    try {
      return this.encoding.encode(text).toString('latin1');
    } catch {
      return text;
    }
  }

  #text(units: string): string {
    return this.unit === 'characters' ? units : this.encoding.decode(Buffer.from(units, 'latin1'));
  }
}

interface Reference {
  readonly name: string;
  readonly at: number;
  readonly end: number;
}

const referencesIn = (source: string): readonly Reference[] =>
  [...source.matchAll(reference)].map(({ 0: whole, 1: name = '', index }) =>
    ({ name, at: index, end: index + whole.length }));

/** How many groups a piece of a pattern leaves open. */
function openGroups(piece: string): number {
  let open = 0;
  let isClass = false;
  for (let at = 0; at < piece.length; at += 1) {
    const character = piece[at];
    if (character === '\\') at += 1;
    else if (isClass) isClass = character !== ']';
    else if (character === '[') isClass = piece[at + 1] !== '^' || piece[at + 2] !== ']';
    else if (character === '(') open += 1;
    else if (character === ')') open -= 1;
  }
  return open;
}
