import { boxPaths } from '@pinky/protocol';
import { z } from 'zod';
import { EventFiles } from '../events/event-files.js';
import { eventsOf } from '../events/server-events.js';
import type { ApiParts, App } from '../http/app.js';
import { answers, moment, serverParams } from '../http/schemas.js';
import { knownServer } from '../servers/known-server.js';
import { arePlayersUnknown, playersOf } from '../servers/server-view.js';
import { visitsIn, visitTypes, type Visit } from './visits.js';

/** The newest events that are looked at, and the newest visits that are shown. */
const mostEvents = 50_000;
const mostVisits = 1_000;

export function addPlayerRoutes(app: App, { state, config }: ApiParts): void {
  app.get('/v1/servers/:id/players', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags: ['servers'],
      summary: 'The players who are connected; with `since`, also who was here from then on',
      params: serverParams,
      querystring: z.strictObject({
        since: z.iso.datetime({ offset: true }).optional().describe('visits that had not ended before'),
      }),
      response: answers(z.object({
        players: z.array(z.string()),
        arePlayersUnknown,
        visits: z.array(z.object({
          user: z.string(),
          cameAt: moment.optional().describe('absent: before the oldest event that is kept'),
          leftAt: moment.optional().describe('absent: still connected'),
        })).optional().describe('the newest first, as far as the log of events goes'),
      })),
    },
  }, async ({ params: { id }, query: { since } }) => {
    const { status } = await knownServer(state, id);
    const connected = playersOf(status);
    if (since === undefined) return connected;
    const events = await eventsOf(new EventFiles(boxPaths(config().home).events), {
      serverId: id,
      isWanted: ({ type }) => visitTypes.has(type),
      most: mostEvents,
    });
    const from = Date.parse(since);
    const isWanted = ({ leftAt }: Visit): boolean => leftAt === undefined || Date.parse(leftAt) >= from;
    return { ...connected, visits: visitsIn(events).filter(isWanted).slice(-mostVisits).toReversed() };
  });
}
