import { z } from 'zod';
import type { FetchData } from '../commands/box-commands.js';
import { PinkyError } from '../errors.js';
import { deadline } from './deadline.js';
import { fetchSource, md5, sha256, sourceOf, text } from './source.js';

/** The data of `fetch`. */
export const fetchSchema = z.strictObject({
  deadlineMs: deadline,
  serverId: z.unknown().optional(), // a producer may send it with every command
  funpack: fetchSource.optional(),
  funpackUrl: text.optional(),
  funpackSha256: sha256,
  funpackMd5: md5,
  world: fetchSource.nullish(),
  worldUrl: text.nullish(),
  worldSha256: sha256,
  worldMd5: md5,
});

/** Throws `bad_command` where there is nothing to fetch, or two fields differ that say the same thing. */
export function fetchData(given: unknown): FetchData {
  const fields = fetchSchema.parse(given);
  const command = 'fetch';
  const funpack = sourceOf({
    command,
    field: 'funpack',
    value: fields.funpack,
    url: fields.funpackUrl,
    sha256: fields.funpackSha256,
    md5: fields.funpackMd5,
  });
  const world = sourceOf({
    command,
    field: 'world',
    value: fields.world,
    url: fields.worldUrl,
    sha256: fields.worldSha256,
    md5: fields.worldMd5,
  });
  if (!funpack && !world) throw new PinkyError('bad_command', 'fetch: funpack or world is missing');
  return { ...(funpack && { funpack }), ...(world && { world }) };
}
