import { PinkyError } from '@pinky/protocol';
import { hasConsole } from '@pinky/protocol/console';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, serverParams } from '../http/schemas.js';
import { knownServer } from '../servers/known-server.js';
import {
  holdsRun,
  placeOf,
  placeOfTail,
  placeText,
  readBehind,
  shownLines,
  type ConsoleLine,
  type ConsolePlace,
} from './console-lines.js';

const tags = ['console'];

/** How much of the console one search reads, bytes. It goes on with the next request. */
const searchBytes = 32 * 1024 * 1024;

const query = z.strictObject({
  from: z.string().max(80).optional().describe('`run:offset`: from there on; absent with `q`: from the oldest on'),
  tail: z.coerce.number().int().min(1).max(10_000).optional().describe('the last lines'),
  q: z.string().min(1).max(200).optional().describe('only lines with this text; upper and lower case are the same'),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});

const lineSchema = z.object({
  run: z.string(),
  offset: z.int().describe('of its first byte in the console of its run'),
  end: z.int(),
  text: z.string(),
});

export function addConsoleRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/console', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags,
      summary: 'Lines of the console and its history: from a place on, the last ones, or those with a text',
      params: serverParams,
      querystring: query,
      response: answers(z.object({
        lines: z.array(lineSchema),
        next: z.string().describe('go on with `from` this place'),
        hasMore: z.boolean(),
      })),
    },
  }, async ({ params: { id }, query: asked }) => {
    const box = parts.config();
    if (!hasConsole(box, id)) await knownServer(parts.state, id);
    return linesFrom(parts, id, await firstPlace(parts, id, asked), asked);
  });
}

type Query = z.infer<typeof query>;

async function firstPlace({ config }: ApiParts, id: string, { from, tail, q }: Query): Promise<ConsolePlace> {
  const place = from === undefined ? undefined : placeOf(from);
  if (from !== undefined && !place) {
    throw new PinkyError('bad_request', 'from must be `run:offset`', { details: { field: 'from' } });
  }
  if (place && !holdsRun(config(), id, place.run)) {
    throw new PinkyError('too_old', `the console of ${id} holds nothing of the run ${place.run}`);
  }
  if (place) return place;
  return q !== undefined && tail === undefined ? { run: '', offset: 0 } : placeOfTail(config(), id, tail ?? 200);
}

async function linesFrom({ config, state }: ApiParts, id: string, from: ConsolePlace, { q, limit }: Query) {
  const text = q?.toLowerCase();
  const mask = state.maskOf(id);
  const lines: ConsoleLine[] = [];
  let place = from;
  for (let bytes = 0; lines.length < limit && bytes < searchBytes;) {
    const read = await readBehind(config(), id, place);
    if (read.type === 'end') return { lines, next: placeText(place), hasMore: false };
    if (read.type === 'lines') {
      const shown = shownLines(read.lines, mask); // a search must not find out what is masked
      const found = shown.filter((line) => text === undefined || line.text.toLowerCase().includes(text));
      const taken = found.slice(0, limit - lines.length);
      lines.push(...taken);
      bytes += read.place.offset - place.offset;
      const last = taken.at(-1);
      if (taken.length < found.length && last) place = { run: last.run, offset: last.end };
      else place = read.place;
    } else place = read.place;
  }
  return { lines, next: placeText(place), hasMore: true };
}
