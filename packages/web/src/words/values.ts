/** Any value of JSON as a person reads it. */
export const textOf = (value: unknown): string =>
  (typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value));
