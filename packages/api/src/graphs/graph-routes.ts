import { boxPaths, PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import { EventFiles } from '../events/event-files.js';
import { eventsOf } from '../events/server-events.js';
import type { ApiParts, App } from '../http/app.js';
import { answers, moment, serverParams } from '../http/schemas.js';
import { knownServer } from '../servers/known-server.js';
import { curveOf } from './curve.js';
import { SampleFiles } from './sample-files.js';
import { sampleMs } from './sample.js';

const hourMs = 3_600_000;
/** Ticks on the axis at most: the newest. */
const mostEvents = 500;
/** The events that show why a curve turns. Players have a curve of their own. */
const shownTypes = new Set([
  'launched', 'started', 'stopped', 'crashed', 'crash_loop', 'start_failed', 'silent', 'backed_up', 'backup_failed',
  'restored', 'fatal_error', 'settings_changed',
]);

const figures = z.array(z.number().nullable());
const graphSchema = z.object({
  from: moment,
  to: moment,
  stepMs: z.number().describe('at most one point comes in so many milliseconds'),
  times: z.array(z.int()).describe('Unix seconds, ascending; the other columns have one value for each'),
  cpuPercent: figures.describe('percent of one core, the mean; null in a gap'),
  memoryBytes: figures.describe('the most that was in use'),
  players: figures.describe('the most that were connected'),
  memoryLimitBytes: z.number().optional().describe('what the server may use, as it is defined'),
  events: z.array(z.record(z.string(), z.unknown())).describe('what happened meanwhile, oldest first'),
}).meta({ id: 'Graph' });

const query = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional().describe('absent: an hour before `to`'),
  to: z.iso.datetime({ offset: true }).optional().describe('absent: now'),
  points: z.coerce.number().int().min(10).max(5_000).default(300).describe('how many points at most, about'),
});

export function addGraphRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/graph', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags: ['servers'],
      summary: 'Processor, memory and players over time, with what happened meanwhile',
      params: serverParams,
      querystring: query,
      response: answers(graphSchema),
    },
  }, async ({ params: { id }, query: asked }) => graphOf(parts, id, asked));
}

async function graphOf(
  { config, state, clock }: ApiParts,
  serverId: string,
  asked: z.infer<typeof query>,
): Promise<z.infer<typeof graphSchema>> {
  const { definition } = await knownServer(state, serverId);
  const { home } = config();
  const to = asked.to === undefined ? clock.wallNow() : Date.parse(asked.to);
  const from = asked.from === undefined ? to - hourMs : Date.parse(asked.from);
  if (from >= to) throw new PinkyError('bad_request', 'from must be before to', { details: { field: 'from' } });
  const stepMs = Math.max(sampleMs, Math.ceil((to - from) / asked.points));
  const [samples, events] = await Promise.all([
    new SampleFiles(home, serverId).between(from, to),
    eventsOf(new EventFiles(boxPaths(home).events), {
      serverId,
      isWanted: ({ type, ts }) => shownTypes.has(type) && Date.parse(ts) >= from && Date.parse(ts) <= to,
      most: mostEvents,
    }),
  ]);
  const max = definition?.ram.max;
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    stepMs,
    ...curveOf(samples, stepMs),
    ...(max !== undefined && { memoryLimitBytes: max * 2 ** 20 }),
    events: state.maskOf(serverId).deep(events),
  };
}
