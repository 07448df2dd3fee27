import { isDeepStrictEqual } from 'node:util';
import { PinkyError } from '../errors.js';

/** A map, because `__proto__` is a field that senders can write too. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['server_id', 'serverId'],
  ['user_id', 'userId'],
  ['funpack_id', 'funpackId'],
  ['funpack_url', 'funpackUrl'],
  ['funpack_sha256', 'funpackSha256'],
  ['funpack_md5', 'funpackMd5'],
  ['world_url', 'worldUrl'],
  ['world_sha256', 'worldSha256'],
  ['world_md5', 'worldMd5'],
  ['deadline_ms', 'deadlineMs'],
  ['on_exit', 'onExit'],
  ['if_revision', 'ifRevision'],
  ['if_mark', 'ifMark'],
  ['with_backups', 'withBackups'],
  ['warn_text', 'warnText'],
  ['wave_size', 'waveSize'],
  ['enough_percent', 'enoughPercent'],
  ['most_failures', 'mostFailures'],
]);

/**
 * The data of a command with its fields in the spelling without underscores. Throws `bad_command` where a field is
 * there in both spellings with different values.
 */
export function camelCased(command: string, data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const fields = new Map<string, readonly [given: string, value: unknown]>();
  for (const [given, value] of Object.entries(data)) {
    const field = aliases.get(given) ?? given;
    const [other, before] = fields.get(field) ?? [];
    if (other !== undefined) assertSame(command, [other, before], [given, value]);
    fields.set(field, [given, value]);
  }
  return Object.fromEntries([...fields].map(([field, [, value]]) => [field, value]));
}

/** Two spellings of one field may both be there if they say the same. Throws `bad_command`, which names both. */
export function assertSame(
  command: string,
  [one, value]: readonly [string, unknown],
  [other, otherValue]: readonly [string, unknown],
): void {
  if (isDeepStrictEqual(value, otherValue)) return;
  const names = `${one} and ${other}`;
  throw new PinkyError('bad_command', `${command}: ${names} are one field, but they differ; send one of them`);
}
