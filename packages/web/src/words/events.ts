import type { ServerEvent } from '../api/types.js';
import { textOf } from './values.js';

/** Fields that say nothing to a person, or that the row shows already. */
const unspoken = new Set([
  'event', 'type', 'server_id', 'pinky_id', 'ts', 'id', 'run_id', 'run', 'offset', 'url', 'sha256',
]);

/** The fields of an event as a line: `user alice, because timed out`. */
export const eventWords = (event: ServerEvent): string =>
  Object.entries(event)
    .filter(([name, value]) => !unspoken.has(name) && value !== null && value !== '')
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${textOf(value)}`)
    .join(', ');
