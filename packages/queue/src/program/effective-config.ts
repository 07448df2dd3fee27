import { readFileSync } from 'node:fs';
import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';

/** The checked configuration that the supervisor wrote for its children. Throws `bad_option` where there is none. */
export function readEffectiveConfig(home: string): BoxConfig {
  const path = boxPaths(home).effectiveConfig;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as BoxConfig; // checked before it was written
  } catch (cause) {
    throw new PinkyError('bad_option', `${path} could not be read: is this box up?`, { cause });
  }
}
