import { PinkyError } from '../errors.js';

/** Deeper than any setting of a game, and less than a frame's MessagePack can carry (100, its head included). */
const maxDepth = 32;
/** Of all settings together, as JSON, UTF-16 units: a frame and a `server.json` carry that with ease. */
const maxLength = 1024 * 1024;

/**
 * Refuses settings that cannot cross to a worker: nested too deeply, too long, or with the key `__proto__`, which no
 * MessagePack decoder takes. `field` names them. Throws `bad_command`.
 */
export function assertSettings(field: string, settings: Readonly<Record<string, unknown>>): void {
  assertPlain(field, settings, maxDepth);
  if (JSON.stringify(settings).length > maxLength) {
    throw new PinkyError('bad_command', `${field} are longer than ${maxLength} characters`);
  }
}

function assertPlain(field: string, value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth === 0) throw new PinkyError('bad_command', `${field} are nested more than ${maxDepth} levels deep`);
  for (const [key, inner] of Object.entries(value)) {
    if (key === '__proto__') throw new PinkyError('bad_command', `${field} hold the key "__proto__"`);
    assertPlain(field, inner, depth - 1);
  }
}
