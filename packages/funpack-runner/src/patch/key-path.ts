/** One step into structured data: a name, an index, or every child. */
export type Step = string | number | typeof everyChild;
export const everyChild = Symbol('every child');

/** A way to one value. */
export type Way = readonly (string | number)[];

/**
 * Reads a key such as `listeners[0].host` or `servers.*.address`. Brackets may hold a name, which may have dots in it:
 * `[/Script/Game.Mode].speed`. A dot after a backslash belongs to the name.
 */
export function stepsOf(key: string): readonly Step[] {
  const steps: Step[] = [];
  for (const found of key.matchAll(/\[([^\]]*)\]|((?:\\.|[^.[\\])+)/g)) {
    const [, bracketed, bare] = found;
    if (bracketed !== undefined) steps.push(/^\d+$/.test(bracketed) ? Number(bracketed) : childOr(bracketed));
    else if (bare !== undefined) steps.push(childOr(bare.replace(/\\(.)/g, '$1')));
  }
  return steps;
}

const childOr = (name: string): Step => (name === '*' ? everyChild : name);

/** Every way in the data that the steps mean. Without `*` that is one, whether or not something is there. */
export function waysOf(data: unknown, steps: readonly Step[]): readonly Way[] {
  const at = steps.indexOf(everyChild);
  if (at < 0) return [steps.filter((step) => step !== everyChild)];
  const before = steps.slice(0, at).filter((step) => step !== everyChild);
  const parent = valueAt(data, before);
  const names = Array.isArray(parent)
    ? parent.map((_child, index) => index)
    : typeof parent === 'object' && parent !== null
      ? Object.keys(parent)
      : [];
  return names.flatMap((name) => waysOf(data, [...before, name, ...steps.slice(at + 1)]));
}

/** The value at the end of the way. Undefined if there is none. */
export function valueAt(data: unknown, way: Way): unknown {
  let value: unknown = data;
  for (const step of way) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step]; // hasOwn has just said that it is there
  }
  return value;
}
