import { funpackNameOf, type Definition, type ServerStatus } from '@pinky/protocol';
import { z } from 'zod';
import type { Usage } from '../box/known-state.js';
import { moment } from '../http/schemas.js';

/** Beside a list of players that is empty because nothing tells who is connected. */
export const arePlayersUnknown = z.literal(true).optional()
  .describe('its funpack does not tell who is connected, so `players` is empty; absent: they are known');

export const serverSchema = z.object({
  serverId: z.string(),
  game: z.string(),
  state: z.string().describe('state of the server; `down` where it has no worker'),
  wanted: z.enum(['up', 'down']),
  since: moment.optional(),
  port: z.int().optional(),
  pid: z.int().optional().describe('pid of the game'),
  run: z.string().optional(),
  players: z.array(z.string()).describe('empty where nobody can know them: look at `arePlayersUnknown`'),
  arePlayersUnknown,
  maxPlayers: z.int().optional().describe('how many the game takes, where a setting of it says so'),
  restarts: z.int(),
  isBackingUp: z.boolean(),
  because: z.string().optional(),
  next: z.string().optional(),
  nextAt: moment.optional(),
  cpuPercent: z.number().optional(),
  memoryBytes: z.number().optional(),
  revision: z.int().optional().describe('revision of the definition'),
  funpack: z.object({ url: z.string(), sha256: z.string().optional() }).optional(),
  funpackId: z.string().optional(),
  digest: z.string().optional().describe('SHA-256 of the funpack as it ran last'),
  ram: z.object({ min: z.number(), max: z.number() }).optional().describe('megabytes'),
  onExit: z.string().optional().describe('what follows if the game ends by itself; absent: what its funpack says'),
}).meta({ id: 'Server' });
export type ServerView = z.infer<typeof serverSchema>;

interface Seen {
  readonly status?: ServerStatus | undefined;
  readonly definition?: Definition | undefined;
  readonly usage?: Usage | undefined;
  readonly game: string;
  readonly maxPlayers?: number | undefined;
}

/** A server as it is defined and as it is now. Settings stand in a resource of their own. */
export function serverView(serverId: string, { status, definition, usage, game, maxPlayers }: Seen): ServerView {
  return {
    serverId,
    game: status?.game || game,
    state: status?.state ?? 'down',
    wanted: definition?.wanted ?? status?.wanted ?? 'down',
    ...playersOf(status),
    ...(maxPlayers !== undefined && { maxPlayers }),
    restarts: status?.restarts ?? 0,
    isBackingUp: status?.isBackingUp ?? false,
    ...liveFields(status),
    ...(usage && { cpuPercent: usage.cpuPercent, memoryBytes: usage.memoryBytes }),
    ...definedFields(definition),
  };
}

/** Those who are connected; or none, and that nobody can know it. */
export const playersOf = (status: ServerStatus | undefined): Pick<ServerView, 'players' | 'arePlayersUnknown'> => ({
  players: [...(status?.players ?? [])],
  ...(status?.arePlayersUnknown && { arePlayersUnknown: true }),
});

function liveFields(status: ServerStatus | undefined): Partial<ServerView> {
  if (!status) return {};
  const { since, port, pid, run, because, next, nextAt } = status;
  return {
    since: new Date(since).toISOString(),
    ...(port !== undefined && { port }),
    ...(pid !== undefined && { pid }),
    ...(run !== undefined && { run }),
    ...(because !== undefined && { because }),
    ...(next !== undefined && { next }),
    ...(nextAt !== undefined && { nextAt: new Date(nextAt).toISOString() }),
  };
}

function definedFields(definition: Definition | undefined): Partial<ServerView> {
  if (!definition) return {};
  const { revision, funpack, funpackId, digest, ram, port, onExit } = definition;
  return {
    revision,
    funpack,
    ram,
    ...(funpackId !== undefined && { funpackId }),
    ...(digest !== undefined && { digest }),
    ...(port !== undefined && { port }),
    ...(onExit !== undefined && { onExit }),
  };
}

/** The name of the game for people, without reading its funpack. */
export const gameOf = (definition: Definition | undefined): string =>
  (definition ? funpackNameOf(definition.funpack.url) : '');
