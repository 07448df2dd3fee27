import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers } from '../http/schemas.js';
import type { QueueTalk } from '../talk/queue-talk.js';

const tags = ['box'];
const part = z.enum(['there', 'away']);

export function addHealthRoutes(app: App, { queue, supervisor }: ApiParts): void {
  app.get('/healthz', {
    config: { needs: 'open' },
    schema: { tags, summary: 'Whether this process answers', response: answers(z.object({ status: z.literal('ok') })) },
  }, async () => ({ status: 'ok' as const }));

  app.get('/readyz', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: {
      tags,
      summary: 'Each part of the box; 503 while the supervisor or the queue is away',
      response: {
        ...answers(z.object({ isReady: z.boolean(), supervisor: part, queue: part, redis: z.string() })),
        503: z.object({ isReady: z.boolean(), supervisor: part, queue: part, redis: z.string() }),
      },
    },
  }, async (_request, reply) => {
    const isReady = queue.isThere && supervisor.isThere;
    return reply.code(isReady ? 200 : 503).send({
      isReady,
      supervisor: supervisor.isThere ? 'there' : 'away',
      queue: queue.isThere ? 'there' : 'away',
      redis: await redisState(queue),
    });
  });
}

/** `connected`, or why not. Servers run and are steered here without it. */
export async function redisState(queue: QueueTalk): Promise<string> {
  try {
    const report = await queue.ask('redis');
    const isReport = typeof report === 'object' && report !== null && 'state' in report;
    return isReport ? String(report.state) : 'unknown';
  } catch {
    return 'unknown';
  }
}
