import { boxPaths, PinkyError } from '@pinky/protocol';
import { Change } from '@pinky/protocol/console';
import { z } from 'zod';
import { waitForChange } from '../console/wait-for-change.js';
import { callerOf, type ApiParts, type App, type Reply, type Request } from '../http/app.js';
import { answers, page, serverParams } from '../http/schemas.js';
import { hasServer } from '../tokens/index.js';
import { EventFiles, idOf, type EventPlace } from './event-files.js';
import { openStream, type EventStream } from './open-stream.js';

/** Looks again this often even without a watch, milliseconds. */
const lookMs = 1_000;

const query = z.strictObject({
  ...page,
  after: z.string().max(300).optional().describe('id of an event: those behind it; absent: the newest'),
  type: z.string().max(300).optional().describe('only these types, separated by commas'),
});

const schema = {
  tags: ['events'],
  querystring: query,
  response: answers(z.object({ events: z.array(z.record(z.string(), z.unknown())) })),
};
const about =
  'as a stream with `Accept: text/event-stream`, resumed by `Last-Event-ID`; an id that is too old gets 410';

export function addEventRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/events', {
    config: { needs: { verb: 'read', of: 'any' } },
    schema: { ...schema, summary: `Events of all servers, oldest first; ${about}` },
  }, (request, reply) => answer(parts, request, reply, request.query));

  app.get('/v1/servers/:id/events', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: { ...schema, params: serverParams, summary: `Events of one server, oldest first; ${about}` },
  }, (request, reply) => answer(parts, request, reply, request.query, request.params.id));
}

type Query = z.infer<typeof query>;
type Wanted = (line: string) => { readonly id: string } | undefined;

async function answer(
  parts: ApiParts,
  request: Request,
  reply: Reply,
  { after, limit, type }: Query,
  serverId?: string,
): Promise<void | { events: Record<string, unknown>[] }> {
  const files = new EventFiles(boxPaths(parts.config().home).events);
  const wanted = wantedBy(request, type, serverId);
  const isStream = /text\/event-stream/.test(request.headers.accept ?? '');
  const last = String(request.headers['last-event-id'] ?? after ?? '');
  const from = last === '' ? undefined : await files.behind(last);
  if (last !== '' && !from) {
    throw new PinkyError('too_old', `the event ${last.slice(0, 200)} is not in the log, which has the newest 32 MiB`);
  }
  if (!isStream) return { events: await list(files, wanted, limit, from) };
  const begin = from ?? (await files.end()); // before the caller hears that it is connected
  const stream = openStream(request, reply, parts);
  endWithToken(stream, request, parts);
  void follow(stream, files, wanted, { from: begin, parts }).finally(() => stream.end());
}

/** Those events that the caller asks for and may have. */
function wantedBy(request: Request, type: string | undefined, serverId: string | undefined): Wanted {
  const { scope } = callerOf(request);
  const types = type?.split(',');
  return (line) => {
    const found = idOf(line);
    if (!found || (serverId !== undefined && found.serverId !== serverId)) return undefined;
    if (!hasServer(scope, found.serverId)) return undefined;
    return !types || types.includes(typeOf(line)) ? found : undefined;
  };
}

function typeOf(line: string): string {
  const { type } = JSON.parse(line) as { readonly type?: unknown }; // Pinky wrote the line
  return String(type);
}

/** The first ones behind a place, or the newest. */
async function list(
  files: EventFiles,
  wanted: Wanted,
  limit: number,
  from: EventPlace | undefined,
): Promise<Record<string, unknown>[]> {
  const found: string[] = [];
  let place = from ?? (await files.beginning());
  for (;;) {
    const read = await files.read(place);
    found.push(...read.lines.filter(wanted));
    if (from && found.length >= limit) break;
    if (!from) found.splice(0, found.length - limit);
    if (!read.hasMore) break;
    place = read.place;
  }
  return found.slice(0, limit).map((line) => JSON.parse(line) as Record<string, unknown>); // Pinky wrote the line
}

interface FollowTerms {
  readonly from: EventPlace;
  readonly parts: Pick<ApiParts, 'config' | 'clock'>;
}

async function follow(
  stream: EventStream,
  files: EventFiles,
  wanted: Wanted,
  { from, parts: { config, clock } }: FollowTerms,
): Promise<void> {
  const change = new Change();
  stream.onEnd(() => change.close());
  const { events } = boxPaths(config().home);
  for (let place = from; !stream.signal.aborted;) {
    change.arm([events]);
    const read = await files.read(place);
    if (read.isCut) return void stream.send({ event: 'too_old', data: '{}' });
    for (const line of read.lines) {
      const event = wanted(line);
      if (event && !stream.send({ id: event.id, data: line })) await stream.drained();
    }
    place = read.place;
    if (!read.hasMore) await waitForChange(change, clock, lookMs, stream.signal);
  }
  change.close();
}

/** A token that is no longer valid ends what is open with it. */
function endWithToken(stream: EventStream, request: Request, { tokens }: Pick<ApiParts, 'tokens'>): void {
  const { record } = callerOf(request);
  if (record) stream.onEnd(tokens.whenGone(record.id, () => stream.end()));
}
