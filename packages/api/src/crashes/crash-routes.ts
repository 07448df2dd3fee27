import { boxPaths } from '@pinky/protocol';
import { z } from 'zod';
import { EventFiles } from '../events/event-files.js';
import { eventsOf } from '../events/server-events.js';
import { curveOf } from '../graphs/curve.js';
import { SampleFiles } from '../graphs/sample-files.js';
import { sampleMs } from '../graphs/sample.js';
import type { ApiParts, App } from '../http/app.js';
import { pageOf } from '../http/pages.js';
import { answers, moment, page, problem, serverParams } from '../http/schemas.js';
import { CrashBook } from './crash-book.js';
import { crashTypes, type Crash } from './crash.js';

/** How much of the time before a crash its report shows, milliseconds, and how many events and changes. */
const beforeMs = 30 * 60_000;
const mostBefore = 20;

const crashSchema = z.object({
  id: z.string(),
  type: z.enum(crashTypes),
  at: moment,
  run: z.string(),
  words: z.string(),
  exitCode: z.int().optional(),
  signal: z.string().optional(),
  errorCode: z.string().optional(),
  restartInMs: z.number().optional().describe('when it was launched again'),
}).meta({ id: 'Crash' });

const figures = z.array(z.number().nullable());
const reportSchema = crashSchema.extend({
  lastLines: z.array(z.string()).describe('what the game said last'),
  threads: z.array(z.string()).optional().describe('of a game that hung: what the kernel knew of each of its threads'),
  stacks: z.array(z.string()).optional().describe('of a game that hung: what it said when it was asked for its stacks'),
  console: z.string().describe('the place in its console: `run:offset`'),
  memory: z.object({
    limitBytes: z.number(),
    peakBytes: z.number(),
    curve: z.array(z.array(z.number())).describe('seconds before the end, and bytes'),
  }).optional().describe('of a game that the kernel ended, because it needed more than its limit'),
  curve: z.object({
    times: z.array(z.int()),
    cpuPercent: figures,
    memoryBytes: figures,
    players: figures,
  }).describe('the half hour before, as in the graph'),
  events: z.array(z.record(z.string(), z.unknown())).describe('the events before it in its run, oldest first'),
  changes: z.array(z.object({ at: moment, command: z.string(), state: z.string() }))
    .describe('changes that were asked for over HTTP before it, oldest first'),
}).meta({ id: 'CrashReport' });

const tags = ['servers'];
const id = z.string().min(1).max(100);
const ofOne = serverParams.extend({ crash: id });
const removed = { 204: z.null().describe('No list shows it any more'), default: problem };

export function addCrashRoutes(app: App, parts: ApiParts): void {
  const book = new CrashBook(parts);
  addReads(app, parts, book);
  addRemovals(app, book);
}

function addReads(app: App, parts: ApiParts, book: CrashBook): void {
  const config = { needs: { verb: 'read', of: 'server' } } as const;
  app.get('/v1/servers/:id/crashes', {
    config,
    schema: {
      tags,
      summary: 'The crashes of a server, the newest first, as far as its history goes',
      params: serverParams,
      querystring: z.strictObject(page),
      response: answers(z.object({ crashes: z.array(crashSchema) })),
    },
  }, async (request, reply) => {
    const { limit, after } = request.query;
    const found = await book.of(request.params.id);
    const shown = pageOf(request, reply, found.toReversed(), { limit, after, keyOf: (crash) => crash.id });
    return { crashes: shown.map(withoutReport) };
  });

  app.get('/v1/servers/:id/crashes/:crash', {
    config,
    schema: {
      tags,
      summary: 'One crash: what the game said last, its limits, and what came before',
      params: ofOne,
      response: answers(reportSchema),
    },
  }, async ({ params }) => {
    const found = await book.one(params.id, params.crash);
    return parts.state.maskOf(params.id).deep({ ...found, ...(await beforeOf(parts, params.id, found)) });
  });
}

/** A report tells who did what before a crash, so the verbs of everyday work do not remove one. */
function addRemovals(app: App, book: CrashBook): void {
  const config = { needs: { verb: 'define', of: 'server' } } as const;
  app.delete('/v1/servers/:id/crashes/:crash', {
    config,
    schema: { tags, summary: 'Remove a crash report', params: ofOne, response: removed },
  }, async ({ params }, reply) => {
    await book.removeOne(params.id, params.crash);
    return reply.code(204).send(null);
  });

  app.delete('/v1/servers/:id/crashes', {
    config,
    schema: {
      tags,
      summary: 'Remove the crash reports of a server, all or those up to one',
      params: serverParams,
      querystring: z.strictObject({ upTo: id.optional().describe('the newest crash that is removed') }),
      response: removed,
    },
  }, async ({ params, query }, reply) => {
    await book.removeAll(params.id, query.upTo);
    return reply.code(204).send(null);
  });
}

const withoutReport = (
  { lastLines: _lines, console: _console, memory: _memory, threads: _threads, stacks: _stacks, ...rest }: Crash,
): z.infer<typeof crashSchema> => rest;

/** The time before a crash: curves, events, and the changes that somebody asked for. */
async function beforeOf({ config, jobs }: ApiParts, serverId: string, crash: Crash) {
  const { home } = config();
  const at = Date.parse(crash.at);
  const eventId = `${serverId}:${crash.id}`;
  const samples = await new SampleFiles(home, serverId).between(at - beforeMs, at);
  const events = await eventsOf(new EventFiles(boxPaths(home).events), {
    serverId,
    isWanted: ({ id, ts }) => id !== eventId && id.startsWith(`${serverId}:${crash.run}:`) && Date.parse(ts) <= at,
    most: mostBefore,
  });
  const changes = jobs.all()
    .filter((job) => job.serverId === serverId && Date.parse(job.createdAt) <= at)
    .slice(-mostBefore)
    .map(({ createdAt, command, state }) => ({ at: createdAt, command, state }));
  return { curve: curveOf(samples, sampleMs), events, changes };
}
