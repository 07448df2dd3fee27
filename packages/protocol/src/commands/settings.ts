import { PinkyError } from '../errors.js';

/** Deeper than any setting of a game, and less deep than MessagePack in a frame can be: 100 levels with its head. */
const maxDepth = 32;
/** For all settings together, as JSON, in UTF-16 units. A frame and a `server.json` easily hold that. */
const maxLength = 1024 * 1024;

/**
 * Refuses settings that cannot cross to a worker: they are nested too deeply, too long, or have the key `__proto__`,
 * which no MessagePack decoder takes. `field` names them in the error. Throws `bad_command`.
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
