import { readFileSync } from 'node:fs';

/** The JSON object in a file; undefined where there is no such file or it does not hold one (cut short by a full disk). */
export function readJsonObject(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // An object that JSON.parse made has string keys.
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // absent or not whole: the caller decides what that means
  }
}
