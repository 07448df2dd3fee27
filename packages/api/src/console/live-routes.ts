import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { asPinkyError, parseObject, PinkyError, sharedAbort } from '@pinky/protocol';
import { hasConsole } from '@pinky/protocol/console';
import { z } from 'zod';
import { callerOf, type ApiParts, type App, type Request } from '../http/app.js';
import { serverParams } from '../http/schemas.js';
import { knownServer } from '../servers/known-server.js';
import { allowsVerb } from '../tokens/index.js';
import { placeOf, placeOfTail } from './console-lines.js';
import { LiveConsole } from './live-console.js';

/** A viewer that does not answer is gone. Milliseconds. */
const pingMs = 20_000;
const tailLines = 200;
/** The status with which a socket is closed whose token was revoked: `policy violation`. */
const revokedStatus = 1008;
const goingAway = 1001;

export function addLiveRoutes(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/console/live', {
    websocket: true,
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags: ['console'],
      summary: 'The console live, by WebSocket; `from` resumes behind the `end` of the last line',
      params: serverParams,
      querystring: z.strictObject({
        from: z.string().max(80).optional().describe('`run:offset`'),
        batch: z.stringbool().optional().describe('lines that are there together come in one message'),
      }),
    },
    preHandler: async ({ params: { id }, query: { from } }) => {
      if (from !== undefined && !placeOf(from)) {
        throw new PinkyError('bad_request', 'from must be `run:offset`', { details: { field: 'from' } });
      }
      if (!hasConsole(parts.config(), id)) await knownServer(parts.state, id);
    },
  }, (socket, request) => void show(parts, socket, request, { serverId: request.params.id, ...request.query }));
}

/** The wishes of a viewer. */
interface Wanted {
  readonly serverId: string;
  readonly from?: string | undefined;
  readonly batch?: boolean | undefined;
}

async function show(
  parts: ApiParts,
  socket: WebSocket,
  request: Request,
  { serverId, from, batch: isBatched = false }: Wanted,
): Promise<void> {
  const gone = sharedAbort();
  const live = new LiveConsole({ ...parts, socket, serverId, isBatched, signal: gone.signal });
  socket.on('close', () => gone.abort());
  socket.on('error', () => socket.terminate());
  socket.on('message', (data: Buffer) => receive(parts, live, request, serverId, data.toString()));
  endWith(parts, socket, request, gone.signal);
  keepPinging(parts, socket, gone.signal);
  const place = (from === undefined ? undefined : placeOf(from)) ??
    (await placeOfTail(parts.config(), serverId, tailLines));
  await live.run(place).catch((error: unknown) => {
    parts.logger.error({ event: 'console.not_shown', serverId, because: asPinkyError(error).message });
    socket.close(goingAway);
  });
}

/** The socket ends with its token, and with this process. */
function endWith({ tokens, over }: ApiParts, socket: WebSocket, request: Request, gone: AbortSignal): void {
  const { record } = callerOf(request);
  const forget = record && tokens.whenGone(record.id, () => {
    socket.send(JSON.stringify({ type: 'revoked' }));
    socket.close(revokedStatus);
  });
  const end = (): void => socket.close(goingAway);
  over.addEventListener('abort', end, { once: true, signal: gone });
  gone.addEventListener('abort', () => forget?.(), { once: true });
}

function keepPinging({ clock }: ApiParts, socket: WebSocket, gone: AbortSignal): void {
  let isThere = true;
  socket.on('pong', () => { isThere = true; });
  void (async () => {
    while (await clock.rest(pingMs, gone)) {
      if (!isThere) return socket.terminate();
      isThere = false;
      socket.ping();
    }
  })();
}

/** `{type: "ack", run?, offset}` gives back credit, `{type: "input", id, line}` goes to the game. */
function receive(parts: ApiParts, live: LiveConsole, request: Request, serverId: string, text: string): void {
  const message = parseObject(text);
  const id = typeof message?.['id'] === 'string' || typeof message?.['id'] === 'number' ? message['id'] : undefined;
  if (message?.['type'] === 'ack' && typeof message['offset'] === 'number') {
    live.acknowledged(message['offset'], typeof message['run'] === 'string' ? message['run'] : undefined);
  } else if (message?.['type'] === 'input' && typeof message['line'] === 'string') {
    void input(parts, request, serverId, message['line'])
      .then((answer) => live.tell({ ...answer, ...(id !== undefined && { id }) }));
  } else live.tell({ type: 'refused', code: 'bad_request', ...(id !== undefined && { id }) });
}

async function input({ queue, audit }: ApiParts, request: Request, serverId: string, line: string): Promise<object> {
  const { record, scope, address } = callerOf(request);
  const isAllowed = allowsVerb(scope, 'console');
  audit.add({
    at: new Date().toISOString(),
    ...(record && { token: record.id, name: record.name }),
    address,
    method: 'INPUT',
    path: `/v1/servers/${serverId}/console/live`,
    status: isAllowed ? 202 : 403,
    serverId,
  });
  if (!isAllowed) return { type: 'refused', code: 'forbidden' };
  try {
    const command = { name: 'console', data: { serverId, line }, id: `api-${randomUUID()}` } as const;
    await queue.command(command, () => undefined);
    return { type: 'accepted' };
  } catch (error) {
    const { code, message } = asPinkyError(error);
    return { type: 'refused', code, message };
  }
}
