import { PinkyError } from '@pinky/protocol';
import { z } from 'zod';
import { callerOf, type ApiParts, type App, type Request } from '../http/app.js';
import { pageOf } from '../http/pages.js';
import { answers, changed, jobSchema, page } from '../http/schemas.js';
import { openStream } from '../events/open-stream.js';
import { hasServer, hasWholeBox } from '../tokens/index.js';
import { askJob } from './ask-job.js';
import { isOver, jobStates, shownJob, type KeptJob } from './job.js';

const needs = { verb: 'read', of: 'any' } as const;

export function addJobRoutes(app: App, parts: ApiParts): void {
  addList(app, parts);
  addOne(app, parts);
  addCancel(app, parts);
}

function addList(app: App, { jobs }: ApiParts): void {
  app.get('/v1/jobs', {
    config: { needs },
    schema: {
      tags: ['jobs'],
      summary: 'Changes that were asked for, the newest first',
      querystring: z.strictObject({
        ...page,
        state: z.enum(jobStates).optional(),
        server: z.string().max(64).optional(),
      }),
      response: answers(z.object({ jobs: z.array(jobSchema) })),
    },
  }, async (request, reply) => {
    const { limit, after, state, server } = request.query;
    const found = jobs.all().filter((job) =>
      isTheirs(request, job) && (!state || job.state === state) && (!server || job.serverId === server));
    const shown = pageOf(request, reply, found.toReversed(), { limit, after, keyOf: ({ id }) => id });
    return { jobs: shown.map(shownJob) };
  });
}

function addOne(app: App, { jobs, clock, over }: ApiParts): void {
  app.get('/v1/jobs/:job', {
    config: { needs },
    schema: {
      tags: ['jobs'],
      summary: 'One job; as a stream of its changes with `Accept: text/event-stream`',
      params: z.strictObject({ job: z.string().max(200) }),
      response: answers(jobSchema),
    },
  }, async (request, reply) => {
    const job = theirJob(request, jobs.get(request.params.job));
    if (!/text\/event-stream/.test(request.headers.accept ?? '')) return shownJob(job);
    const stream = openStream(request, reply, { clock, over });
    const tell = (): void => {
      const now = jobs.get(job.id);
      if (now) stream.send({ event: 'job', data: JSON.stringify(shownJob(now)) });
      if (!now || isOver(now)) stream.end();
    };
    stream.onEnd(jobs.onChange(job.id, tell));
    tell();
    return reply;
  });
}

/** The commands that a stop of their server ends before they are done. */
const endedByStop: ReadonlySet<string> = new Set(['start', 'restart']);

/** A start that is cancelled leaves its server down, as it would after `pinky stop`. The cancelling is a job too. */
function addCancel(app: App, parts: ApiParts): void {
  app.delete('/v1/jobs/:job', {
    config: { needs: { verb: 'control', of: 'any' } },
    schema: {
      tags: ['jobs'],
      summary: 'Cancel a start or a restart that is not over: its server is stopped',
      params: z.strictObject({ job: z.string().max(200) }),
      response: changed,
    },
  }, async (request, reply) => {
    const job = theirJob(request, parts.jobs.get(request.params.job));
    const { command, serverId } = job;
    if (isOver(job)) throw new PinkyError('conflict', `this ${command} is over: it is ${job.state}`);
    if (serverId === undefined || !endedByStop.has(command)) {
      throw new PinkyError('conflict', `a ${command} cannot be cancelled once it was asked for`);
    }
    return askJob(parts, request, reply, { command: 'stop', serverId, data: { serverId } });
  });
}

/** Throws `not_found` for a job of servers that the token does not have. */
function theirJob(request: Request, job: KeptJob | undefined): KeptJob {
  if (job && isTheirs(request, job)) return job;
  throw new PinkyError('not_found', 'there is no such job');
}

function isTheirs(request: Request, { serverId, by }: KeptJob): boolean {
  const { scope, record } = callerOf(request);
  if (record?.id === by) return true;
  return serverId === undefined ? hasWholeBox(scope) : hasServer(scope, serverId);
}
