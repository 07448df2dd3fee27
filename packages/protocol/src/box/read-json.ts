import { readFileSync } from 'node:fs';

/** The JSON object in a text. Undefined if the text is not a whole JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // An object that JSON.parse made has string keys.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // not JSON: the caller decides what that means
  }
}

/** The JSON object in a file. Undefined if there is no such file, or if it does not hold one. */
export function readJsonObject(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseObject(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // absent
  }
}
