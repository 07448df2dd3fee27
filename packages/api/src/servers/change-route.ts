import type { BackupCommandName, CommandName } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { changed, serverParams } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import type { Verb } from '../tokens/index.js';
import { knownServer } from './known-server.js';

/** A change of one server, which the box makes by a command. */
export interface Change {
  readonly method: 'POST' | 'DELETE';
  /** The path behind `/v1/servers/:id`. */
  readonly path: string;
  readonly command: CommandName | BackupCommandName;
  readonly verb: Verb;
  readonly tag: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  /** A server that is gone has its backups still. */
  readonly isForGone?: boolean;
}

const nothing = z.strictObject({});

const backupParams = serverParams.extend({
  backup: z.string().min(1).max(300).describe('its seconds, its name, the beginning of one, or `latest`'),
});

/** The fields of body and query become those of the command, and a backup in the path the one that is meant. */
export function addChange(app: App, parts: ApiParts, change: Change): void {
  const { method, path, command, verb, tag, summary, body, query, isForGone } = change;
  app.route({
    method,
    url: `/v1/servers/:id${path}`,
    config: { needs: { verb, of: 'server' } },
    schema: {
      tags: [tag],
      summary,
      params: path.includes(':backup') ? backupParams : serverParams,
      querystring: query ?? nothing,
      ...(method === 'POST' && { body: body ?? nothing.nullish() }),
      response: changed,
    },
    handler: async (request, reply) => {
      const { id, backup } = request.params as { readonly id: string; readonly backup?: string }; // the schemas say so
      if (!isForGone) await knownServer(parts.state, id);
      const data = {
        serverId: id,
        ...(backup !== undefined && { which: backup }),
        ...(request.query as object), // a schema has looked at both
        ...(request.body as object | undefined),
      };
      return askJob(parts, request, reply, { command, serverId: id, data });
    },
  });
}
