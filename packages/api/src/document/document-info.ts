import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** The head of the OpenAPI document. The rest is made from the schemas of the routes. */
export const documentInfo: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'Pinky',
    version: '1',
    description:
      'A box with game servers. Reads are answered at once. Changes are answered with 202 and a job, whose state, ' +
      'progress and result stand at its Location; `Prefer: wait=10` waits that long. `Idempotency-Key` is the id of ' +
      'the command: the same key gives the same job. Errors are problem details (RFC 9457) with a code and a remedy.',
  },
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      session: { type: 'apiKey', in: 'cookie', name: 'pinky_session' },
    },
  },
  security: [{ token: [] }, { session: [] }],
};
