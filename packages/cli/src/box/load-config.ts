import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';
import { readFileSync } from 'node:fs';
import { hasFields } from './unknown-fields.js';

/** The checked configuration that `pinky up` wrote. Throws `bad_option` where there is none, or only a part of one. */
export function loadEffectiveConfig(home: string): BoxConfig {
  const path = boxPaths(home).effectiveConfig;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new PinkyError('bad_option', `${path} cannot be read; \`pinky up\` writes it`, { cause });
  }
  const isWhole = hasFields(content, {
    box: 'string',
    home: 'string',
    servers: 'string',
    logLevel: 'string',
    worker: 'object',
    crashLoop: 'object',
    version: 'string',
  });
  if (!isWhole) throw new PinkyError('bad_option', `${path} is incomplete; \`pinky up\` writes it anew`);
  // `pinky up` checked every field against the schema before it wrote the file, which only its owner can write.
  return content as unknown as BoxConfig;
}
