import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, changed } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import { installedFunpacks } from './installed-funpacks.js';

const tags = ['funpacks'];

const funpackSchema = z.object({
  funpack: z.string().describe('the name by which a server is defined with it'),
  name: z.string().describe('the name of the game'),
  title: z.string().optional().describe('its name for people'),
  version: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).describe('its settings'),
  ports: z.record(z.string(), z.object({ protocol: z.enum(['tcp', 'udp']).optional(), offset: z.int().optional() }))
    .optional().describe('those that it needs beside its own'),
  listens: z.boolean().describe('whether it has a port of its own'),
  maxPlayers: z.int().optional().describe('how many players it takes, unless its settings say otherwise'),
  isUploaded: z.boolean().optional().describe('it came over HTTP, and can be removed'),
}).meta({ id: 'Funpack' });

export function addFunpackRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/funpacks', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: {
      tags,
      summary: 'The funpacks that lie in the folders of the box, with their settings',
      response: answers(z.object({ funpacks: z.array(funpackSchema) })),
    },
  }, async () => ({ funpacks: installedFunpacks(parts.config()) }));

  app.post('/v1/funpacks/fetch', {
    config: { needs: { verb: 'define', of: 'box' } },
    schema: {
      tags,
      summary: 'Bring a funpack into the cache, so that a start need not fetch it',
      body: z.strictObject({
        funpack: z.string().min(1).max(4096).describe('a name, a path or an address'),
        sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional(),
        md5: z.string().regex(/^[0-9a-fA-F]{32}$/).optional().describe('where the publisher tells only that'),
      }),
      response: changed,
    },
  }, async (request, reply) => {
    const { funpack, sha256, md5 } = request.body;
    const data = {
      funpack,
      ...(sha256 !== undefined && { funpackSha256: sha256 }),
      ...(md5 !== undefined && { funpackMd5: md5 }),
    };
    return askJob(parts, request, reply, { command: 'fetch', data });
  });
}
