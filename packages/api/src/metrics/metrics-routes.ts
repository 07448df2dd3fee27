import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { Metrics } from './metrics.js';

export function addMetricsRoutes(app: App, parts: ApiParts): void {
  const metrics = new Metrics(parts);
  app.get('/metrics', {
    config: { needs: { verb: 'read', of: 'box', openIf: 'metrics' } },
    schema: {
      tags: ['metrics'],
      summary: 'Figures for Prometheus',
      response: { 200: { description: 'The text format', content: { 'text/plain': { schema: z.string() } } } },
    },
  }, async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).serializer(String).send(text);
  });
}
