import { join } from 'node:path';
import { namesIn, shownSchema, type BoxConfig } from '@pinky/protocol';
import { readFunpack } from '@pinky/funpack-runner/light';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, changed } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';

const tags = ['funpacks'];

const funpackSchema = z.object({
  funpack: z.string().describe('the name by which a server is defined with it'),
  name: z.string().describe('the name of the game'),
  version: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).describe('its settings'),
}).meta({ id: 'Funpack' });

export function addFunpackRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/funpacks', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: {
      tags,
      summary: 'The funpacks that lie in the folders of the box, with their settings',
      response: answers(z.object({ funpacks: z.array(funpackSchema) })),
    },
  }, async () => ({ funpacks: funpacksOf(parts.config()) }));

  app.post('/v1/funpacks/fetch', {
    config: { needs: { verb: 'define', of: 'box' } },
    schema: {
      tags,
      summary: 'Bring a funpack into the cache, so that a start need not fetch it',
      body: z.strictObject({
        funpack: z.string().min(1).max(4096).describe('a name, a path or an address'),
        sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional(),
      }),
      response: changed,
    },
  }, async (request, reply) => {
    const { funpack, sha256 } = request.body;
    const data = { funpack, ...(sha256 !== undefined && { funpackSha256: sha256 }) };
    return askJob(parts, request, reply, { command: 'fetch', data });
  });
}

/** The first folder that has a name counts, as for a start. A folder that cannot be read is no funpack. */
function funpacksOf({ funpacks }: Pick<BoxConfig, 'funpacks'>): z.infer<typeof funpackSchema>[] {
  const found = new Map<string, z.infer<typeof funpackSchema>>();
  for (const folder of funpacks) {
    for (const funpack of namesIn(folder).toSorted()) {
      if (found.has(funpack)) continue;
      try {
        const { name, version, schema = {} } = readFunpack(join(folder, funpack)).manifest;
        const shown = { funpack, name, schema: shownSchema(schema), ...(version !== undefined && { version }) };
        found.set(funpack, shown);
      } catch {
        // an archive, or something else
      }
    }
  }
  return [...found.values()];
}
