import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { statfs } from 'node:fs/promises';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, moment, problem } from '../http/schemas.js';
import type { SeenTree } from '../talk/supervisor-talk.js';
import { pressureNow } from './pressure.js';
import { redisState } from './health-routes.js';

const tags = ['box'];

const share = z.number();
const boxSchema = z.object({
  box: z.string(),
  version: z.string(),
  phase: z.string().describe('`unknown` while the supervisor is away'),
  since: moment.optional(),
  redis: z.string(),
  parts: z.array(z.object({
    role: z.string(),
    state: z.string(),
    restarts: z.int(),
    pid: z.int().optional(),
    serverId: z.string().optional(),
    heartbeatAgeMs: z.number().optional(),
  })),
  machine: z.object({
    cores: z.int(),
    load: z.array(z.number()).describe('over 1, 5 and 15 minutes'),
    memoryBytes: z.number(),
    freeMemoryBytes: z.number(),
    diskBytes: z.number(),
    freeDiskBytes: z.number(),
    pressure: z.strictObject({ cpu: share, memory: share, io: share }).partial()
      .describe('how much of the last ten seconds something had to wait for it, in percent; absent without PSI'),
  }),
  servers: z.record(z.string(), z.int()).describe('how many servers are in each state'),
  players: z.int().describe('how many are connected, as far as that is known'),
  serversWithUnknownPlayers: z.int().describe('how many servers have players that nobody can know'),
}).meta({ id: 'Box' });

export function addBoxRoutes(app: App, parts: ApiParts): void {
  const { supervisor } = parts;
  app.get('/v1/box', {
    config: { needs: { verb: 'read', of: 'box' } },
    schema: { tags, summary: 'The box: its parts, its machine, its servers in figures', response: answers(boxSchema) },
  }, async () => boxView(parts));

  app.post('/v1/box/reload', {
    config: { needs: { verb: 'admin', of: 'box' } },
    schema: {
      tags,
      summary: 'Apply what has changed in pinky.yml',
      response: { 204: z.null().describe('It is applied'), default: problem },
    },
  }, async (_request, reply) => {
    await supervisor.reload();
    return reply.code(204).send(null);
  });
}

async function boxView({ config, supervisor, state, queue }: ApiParts): Promise<z.infer<typeof boxSchema>> {
  const { box, version, servers } = config();
  const [tree, statuses, redis, disk, pressure] = await Promise.all([
    supervisor.tree().catch(() => undefined), // away; the rest is known all the same
    state.statuses(),
    redisState(queue),
    statfs(servers).catch(() => undefined), // the folder is not made yet
    pressureNow(),
  ]);
  const counts: Record<string, number> = {};
  const known = new Set([...state.definitions(), ...statuses].map(({ serverId }) => serverId));
  for (const id of known) {
    const now = statuses.find(({ serverId }) => serverId === id)?.state ?? 'down';
    counts[now] = (counts[now] ?? 0) + 1;
  }
  return {
    box,
    version: tree?.version ?? version,
    phase: tree?.phase ?? 'unknown',
    ...(tree && { since: new Date(tree.since).toISOString() }),
    redis,
    parts: partsOf(tree),
    machine: {
      cores: cpus().length,
      load: loadavg(),
      memoryBytes: totalmem(),
      freeMemoryBytes: freemem(),
      diskBytes: disk ? disk.blocks * disk.bsize : 0,
      freeDiskBytes: disk ? disk.bavail * disk.bsize : 0,
      pressure,
    },
    servers: counts,
    players: statuses.reduce((sum, { players }) => sum + players.length, 0),
    serversWithUnknownPlayers: statuses.filter(({ arePlayersUnknown }) => arePlayersUnknown).length,
  };
}

function partsOf(tree: SeenTree | undefined): z.infer<typeof boxSchema>['parts'] {
  if (!tree) return [];
  const supervisor = { role: 'supervisor', state: tree.phase, restarts: 0, pid: tree.pid };
  return [supervisor, ...tree.children.map(({ role, state, restarts, pid, serverId, heartbeatAgeMs }) => ({
    role,
    state,
    restarts,
    ...(pid !== undefined && { pid }),
    ...(serverId !== undefined && { serverId }),
    ...(heartbeatAgeMs !== undefined && { heartbeatAgeMs }),
  }))];
}
