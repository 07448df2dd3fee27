/** A value that is written into a file, as its format knows it. */
export type Written = string | number | boolean | readonly unknown[];

/** A change of one key of a file: what goes there, or what each value that may be there now becomes. */
export interface Change {
  readonly key: string;
  readonly to: Written | ReadonlyMap<string, Written>;
}

const regexMark = 'regex:';

/**
 * The new value of a place that holds `now`. Undefined if nothing is to change. With conditions, only a place that is
 * there changes, by the first condition that its value meets. A regular expression replaces what it matches.
 */
export function newValue(to: Change['to'], now: unknown): Written | undefined {
  if (!(to instanceof Map)) return likeNow(to as Written, now); // a Map is the only other form
  const text = plainText(now);
  if (text === undefined) return undefined;
  for (const [condition, value] of to as ReadonlyMap<string, Written>) {
    if (!condition.startsWith(regexMark)) {
      if (condition === text) return likeNow(value, now);
      continue;
    }
    const pattern = new RegExp(condition.slice(regexMark.length), 'g');
    if (text.search(pattern) >= 0) return likeNow(text.replace(pattern, String(value)), now);
  }
  return undefined;
}

/** The value as text, if it is one that a condition can be about. */
export const plainText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

/** A text takes the kind of what is there: `"20"` in the place of a number is the number 20. */
function likeNow(value: Written, now: unknown): Written {
  if (typeof value !== 'string') return value;
  if (typeof now === 'number' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (typeof now === 'boolean' && /^(true|false|1|0)$/i.test(value)) return /^(true|1)$/i.test(value);
  return value;
}

/** A value where a format has only text. */
export const textOfValue = (value: Written): string => (typeof value === 'object' ? value.join(',') : String(value));
