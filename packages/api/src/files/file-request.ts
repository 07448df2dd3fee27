import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, Request } from '../http/app.js';
import { serverParams } from '../http/schemas.js';
import { ServerFolder } from './server-folder.js';

/** The routes about one file or folder of a server. */
export const fileUrl = '/v1/servers/:id/files/*';
export const fileConfig = { needs: { verb: 'files', of: 'server' } } as const;
export const fileParams = serverParams.extend({
  '*': z.string().max(4096).describe('a path in the folder of the server'),
});

/** A folder of the server that a request names. Throws `not_found`. */
export function openIn({ config }: Pick<ApiParts, 'config'>, request: Request, path: readonly string[]): ServerFolder {
  const { id } = request.params as { readonly id: string }; // the schema says so
  return ServerFolder.of(config(), id).folder(path);
}

/** The last part of a path. Throws `bad_request` for the path of the whole folder. */
export function nameOf(path: readonly string[]): string {
  const name = path.at(-1);
  if (name === undefined) throw new PinkyError('bad_request', 'name a file or folder', { details: { field: 'path' } });
  return name;
}
