import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, serverParams } from '../http/schemas.js';

/**
 * A secret is shown to those who may change it, one at a time. It is asked for as a change is, so that the audit log
 * says who has seen it.
 */
export function addSecretRoutes(app: App, { state }: ApiParts): void {
  app.post('/v1/servers/:id/settings/:setting/reveal', {
    config: { needs: { verb: 'define', of: 'server' } },
    schema: {
      tags: ['servers'],
      summary: 'The value of a setting, also of a secret one; the audit log notes who asked',
      params: serverParams.extend({ setting: z.string().min(1).max(200).describe('name of a setting') }),
      body: z.strictObject({}).nullish(),
      response: answers(z.object({ value: z.unknown() })),
    },
  }, async ({ params: { id, setting } }) => {
    const settings = state.definition(id)?.settings ?? {};
    if (Object.hasOwn(settings, setting)) return { value: settings[setting] };
    throw new PinkyError('not_found', `server ${id} has no value of its own for ${setting}`, {
      remedy: 'its funpack says what holds then: `GET …/settings` has the schema',
    });
  });
}
