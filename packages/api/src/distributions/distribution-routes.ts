import {
  boxFetchStates,
  distributionLimits,
  distributionStates,
  PinkyError,
  type DistributionsResult,
  type DistributionView,
} from '@pinky/protocol';
import { z } from 'zod';
import type { ApiParts, App } from '../http/app.js';
import { answers, changed, moment } from '../http/schemas.js';
import { askJob } from '../jobs/ask-job.js';

const tags = ['distributions'];
/** The one who distributes has other boxes fetch. */
const needs = { verb: 'admin', of: 'box' } as const;
/** The queue answers it from memory; right after its start it reads Redis first. Milliseconds. */
const listDeadlineMs = 5_000;

const boxName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const oneParams = z.strictObject({ distribution: z.string().regex(/^[a-z0-9]{1,64}$/).describe('its id') });
const { mostBoxes, mostInWave } = distributionLimits;

const boxSchema = z.object({
  box: z.string(),
  state: z.enum(boxFetchStates),
  since: moment,
  wave: z.int().optional(),
  progress: z.object({ phase: z.string(), bytes: z.number(), totalBytes: z.number().optional() }).optional(),
  sha256: z.string().optional().describe('of the pack that it has, whatever sum was asked for'),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).optional(),
}).meta({ id: 'BoxFetch' });

const distributionSchema = z.object({
  id: z.string(),
  funpack: z.string().describe('the address, without what may be a secret in it'),
  sha256: z.string().optional(),
  md5: z.string().optional(),
  group: z.string().optional(),
  waveSize: z.int(),
  enoughPercent: z.int(),
  mostFailures: z.int().optional(),
  state: z.enum(distributionStates),
  because: z.string().optional(),
  createdAt: moment,
  finishedAt: moment.optional(),
  waves: z.int().describe('how many have begun'),
  counts: z.record(z.string(), z.int()).describe('how many boxes are in each state, and in all: `boxes`'),
  boxes: z.array(boxSchema).optional().describe('where one was asked for'),
}).meta({ id: 'Distribution' });

const newSchema = z.strictObject({
  funpack: z.string().min(1).max(4096).describe('an http:, https: or s3: address that every box reaches'),
  sha256: z.string().regex(/^[0-9a-fA-F]{64}$/).optional(),
  md5: z.string().regex(/^[0-9a-fA-F]{32}$/).optional().describe('where the publisher tells only that'),
  boxes: z.array(boxName).min(1).max(mostBoxes).optional().describe('in the order in which they get it'),
  group: boxName.optional().describe('instead of boxes: one of `groups` in pinky.yml'),
  waveSize: z.int().min(1).max(mostInWave).optional().describe('how many boxes fetch at once'),
  enoughPercent: z.int().min(1).max(100).optional().describe('how much of a wave must be over before the next begins'),
  mostFailures: z.int().min(0).max(mostBoxes).optional().describe('with more than these nothing more is begun'),
});

export function addDistributionRoutes(app: App, parts: ApiParts): void {
  addReads(app, parts);
  addChanges(app, parts);
}

function addReads(app: App, parts: ApiParts): void {
  app.get('/v1/distributions', {
    config: { needs },
    schema: {
      tags,
      summary: 'Packs on their way to boxes, which this box was asked for: the newest first, without their boxes',
      response: answers(z.object({ distributions: z.array(distributionSchema) })),
    },
  }, async () => ({ distributions: await listed(parts, {}) }));
  app.get('/v1/distributions/:distribution', {
    config: { needs },
    schema: { tags, summary: 'One of them, box by box', params: oneParams, response: answers(distributionSchema) },
  }, async ({ params }) => {
    const [one] = await listed(parts, params);
    if (one) return one;
    throw new PinkyError('not_found', `there is no distribution ${params.distribution}`);
  });
}

function addChanges(app: App, parts: ApiParts): void {
  app.post('/v1/distributions', {
    config: { needs },
    schema: {
      tags,
      summary: 'Bring a funpack to boxes, wave by wave; the job is over once the first wave is on its way',
      body: newSchema,
      response: changed,
    },
  }, async (request, reply) => askJob(parts, request, reply, { command: 'distribute', data: request.body }));
  app.delete('/v1/distributions/:distribution', {
    config: { needs },
    schema: {
      tags,
      summary: 'Cancel it: what no box has begun is taken back, and a transfer that is under way ends by itself',
      params: oneParams,
      response: changed,
    },
  }, async (request, reply) => {
    const { distribution } = request.params;
    return askJob(parts, request, reply, { command: 'distribution cancel', data: { distribution } });
  });
}

/** Throws `not_found`, and `redis_unavailable` where the queue has not seen Redis yet. */
async function listed({ queue }: ApiParts, data: object): Promise<z.infer<typeof distributionSchema>[]> {
  const answer = await queue.ask('command', { name: 'distributions', data }, listDeadlineMs);
  return (answer as DistributionsResult).distributions.map(shown); // our own queue answers
}

function shown({ boxes, createdAt, finishedAt, ...view }: DistributionView): z.infer<typeof distributionSchema> {
  return {
    ...view,
    createdAt: iso(createdAt),
    ...(finishedAt !== undefined && { finishedAt: iso(finishedAt) }),
    ...(boxes && { boxes: boxes.map((each) => ({ ...each, since: iso(each.since) })) }),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
