import type { ServerEvent } from '../api/types.js';
import { bytesText, spanText } from './format.js';
import { textOf } from './values.js';

/** Fields that say nothing to a person, or that the row shows already. */
const unspoken = new Set([
  'event', 'type', 'server_id', 'pinky_id', 'ts', 'id', 'run_id', 'run', 'offset', 'url', 'sha256',
]);

/** Fields that hold bytes, though their name has no unit. */
const inBytes = new Set(['size', 'limit', 'peak']);

/** The fields of an event as a line: `user alice, because timed out`. */
export const eventWords = (event: ServerEvent): string =>
  Object.entries(event)
    .filter(([name, value]) => !unspoken.has(name) && value !== null && value !== '' && value !== false)
    .map(([name, value]) => fieldWords(name, value))
    .join(', ');

/** `took_ms` 552 is `took 0.6 s`, and `isUnchanged` true is `unchanged`. */
function fieldWords(name: string, value: unknown): string {
  const words = plainName(name);
  if (value === true) return words;
  if (typeof value !== 'number') return `${words} ${textOf(value)}`;
  if (name.endsWith('_ms')) return `${words} ${value < 60_000 ? `${(value / 1_000).toFixed(1)} s` : spanText(value)}`;
  return `${words} ${inBytes.has(name) ? bytesText(value) : value}`;
}

/** The name of a field without its unit, and as separate words. */
const plainName = (name: string): string =>
  name
    .replace(/_ms$/, '')
    .replace(/^is(?=[A-Z])/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll('_', ' ')
    .trim();
