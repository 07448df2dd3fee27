import { PinkyError, stepsInWords, type Schedule, type ScheduleStep, type ScheduleView } from '@pinky/protocol';
import { z } from 'zod';
import { callerOf, type ApiParts, type App, type Request } from '../http/app.js';
import { answers, changed, serverParams } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';
import { knownServer } from '../servers/known-server.js';
import { allowsVerb, type Verb } from '../tokens/index.js';
import { etagOf, scheduleSchema, shownSchedule } from './schedule-view.js';

const tags = ['schedules'];
const config = { needs: { verb: 'control', of: 'server' } } as const;
const ofOne = serverParams.extend({ schedule: z.string().min(1).max(100) });

const span = z.union([z.number().int(), z.string().min(1).max(40)]);
const step = z.union([
  z.enum(['start', 'stop', 'restart', 'backup']),
  z.strictObject({ broadcast: z.string() }),
  z.strictObject({ console: z.string() }),
  z.strictObject({ wait: span }),
]);
/** The box checks them further: docs/schedules.md has the meaning of each. */
const terms = {
  when: z.string().min(1).max(200).describe('five fields as in a crontab, or a name such as `@daily`'),
  do: z.union([step, z.array(step).min(1).max(20)]).describe('a step, or several one after another'),
  tz: z.string().min(1).max(100).optional().describe('time zone; absent: that of the box'),
  warn: z.array(span).max(20).optional().describe('how long before a run its players are warned'),
  warnText: z.string().max(4096).optional().describe('`{in}` stands for the time that is left'),
  players: z.enum(['any', 'wait', 'skip']).optional(),
  late: span.optional().describe('how late a run may begin'),
  paused: z.boolean().optional(),
};

export function addScheduleRoutes(app: App, parts: ApiParts): void {
  addList(app, parts);
  addOne(app, parts);
  addNew(app, parts);
  addEdit(app, parts);
  addRemove(app, parts);
  addRun(app, parts);
}

function addList(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/schedules', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: {
      tags,
      summary: 'What is done with a server by the clock, the one that runs next first',
      params: serverParams,
      response: answers(z.object({ schedules: z.array(scheduleSchema) })),
    },
  }, async ({ params: { id } }) => ({ schedules: (await schedulesOf(parts, id)).map(shownSchedule) }));
}

function addOne(app: App, parts: ApiParts): void {
  app.get('/v1/servers/:id/schedules/:schedule', {
    config: { needs: { verb: 'read', of: 'server' } },
    schema: { tags, summary: 'One schedule, with its ETag', params: ofOne, response: answers(scheduleSchema) },
  }, async ({ params: { id, schedule } }, reply) => {
    const found = (await schedulesOf(parts, id)).find((one) => one.id === schedule);
    if (!found) throw noSchedule(id, schedule);
    reply.header('etag', etagOf(found));
    return shownSchedule(found);
  });
}

function addNew(app: App, parts: ApiParts): void {
  app.post('/v1/servers/:id/schedules', {
    config,
    schema: { tags, summary: 'Add a schedule', params: serverParams, body: z.strictObject(terms), response: changed },
  }, async (request, reply) => {
    const { id } = request.params;
    await knownServer(parts.state, id);
    assertMayDo(request, [request.body.do].flat());
    const data = { serverId: id, ...request.body };
    return askJob(parts, request, reply, { command: 'schedule add', serverId: id, data });
  });
}

function addEdit(app: App, parts: ApiParts): void {
  app.patch('/v1/servers/:id/schedules/:schedule', {
    config,
    schema: {
      tags,
      summary: 'Change fields of a schedule; `{"paused": true}` lets it rest, `If-Match` changes what you have read',
      params: ofOne,
      body: z.strictObject({ ...terms, when: terms.when.optional(), do: terms.do.optional() }),
      response: changed,
    },
  }, async (request, reply) => {
    const { id, schedule } = request.params;
    assertMayDo(request, [...oneOf(parts, id, schedule).do, ...[request.body.do ?? []].flat()]);
    const data = { serverId: id, schedule, ...request.body, ...readBefore(request) };
    return askJob(parts, request, reply, { command: 'schedule edit', serverId: id, data });
  });
}

function addRemove(app: App, parts: ApiParts): void {
  app.delete('/v1/servers/:id/schedules/:schedule', {
    config,
    schema: { tags, summary: 'Remove a schedule, by `If-Match` as you have read it', params: ofOne, response: changed },
  }, async (request, reply) => {
    const { id, schedule } = request.params;
    oneOf(parts, id, schedule);
    const data = { serverId: id, schedule, ...readBefore(request) };
    return askJob(parts, request, reply, { command: 'schedule rm', serverId: id, data });
  });
}

function addRun(app: App, parts: ApiParts): void {
  app.post('/v1/servers/:id/schedules/:schedule/run', {
    config,
    schema: {
      tags,
      summary: 'Do now what a schedule does, whoever is connected; the job ends with the run',
      params: ofOne,
      body: z.strictObject({}).nullish(),
      response: changed,
    },
  }, async (request, reply) => {
    const { id, schedule } = request.params;
    assertMayDo(request, oneOf(parts, id, schedule).do);
    const data = { serverId: id, schedule, ...readBefore(request) };
    return askJob(parts, request, reply, { command: 'schedule run', serverId: id, data });
  });
}

/** From the queue, else from the definition, which does not say when it runs next. */
async function schedulesOf({ queue, state }: ApiParts, serverId: string): Promise<readonly ScheduleView[]> {
  const { definition } = await knownServer(state, serverId);
  const all = await queue.ask('schedules').catch(() => undefined); // it is away
  if (all === undefined) return (definition?.schedules ?? []).map((one) => ({ serverId, ...one }));
  return (all as readonly ScheduleView[]).filter((one) => one.serverId === serverId); // our own queue answers
}

/** Throws `not_found`. */
function oneOf({ state }: ApiParts, serverId: string, id: string): Schedule {
  const found = state.definition(serverId)?.schedules?.find((one) => one.id === id);
  if (found) return found;
  throw noSchedule(serverId, id);
}

const noSchedule = (serverId: string, id: string): PinkyError =>
  new PinkyError('not_found', `server ${serverId} has no schedule ${id}`);

/** The schedule that the sender has read, by its ETag. The queue compares it when it makes the change. */
function readBefore({ headers }: Request): { readonly ifMark?: string } {
  const match = headers['if-match'];
  if (match === undefined || match === '*') return {};
  const ifMark = /^"([0-9a-f]{1,64})"$/.exec(match)?.[1];
  if (ifMark === undefined) throw new PinkyError('changed_meanwhile', 'If-Match is no ETag of this schedule');
  return { ifMark };
}

/** A schedule may do nothing that its maker may not do at once. Throws `forbidden`. */
function assertMayDo(request: Request, steps: readonly (ScheduleStep | z.infer<typeof step>)[]): void {
  const { scope } = callerOf(request);
  for (const each of steps) {
    const verb = verbOf(each);
    if (allowsVerb(scope, verb)) continue;
    const words = typeof each === 'string' ? each : stepsInWords([each as ScheduleStep]); // a line, not a wait
    throw new PinkyError('forbidden', `the step ${words} needs a token that allows \`${verb}\``);
  }
}

function verbOf(one: ScheduleStep | z.infer<typeof step>): Verb {
  if (one === 'backup') return 'backups';
  return typeof one === 'object' && 'console' in one ? 'console' : 'control';
}
