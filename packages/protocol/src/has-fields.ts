/** Whether a value from outside is an object that has these fields with these `typeof`s. */
export function hasFields<T extends Record<string, 'string' | 'number' | 'boolean' | 'object'>>(
  value: unknown,
  fields: T,
): value is Record<keyof T, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  // A non-null object may be asked for any key.
  const record = value as Record<string, unknown>;
  return Object.entries(fields).every(([key, type]) => typeof record[key] === type && record[key] !== null);
}
