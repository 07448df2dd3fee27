import { z } from 'zod';
import { problemType } from './problem.js';

/** A failure, as every route may answer it. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  remedy: z.string(),
  field: z.string().optional(),
  jobId: z.string().optional(),
}).meta({ id: 'Problem' });

export const problem = {
  description: 'A problem (RFC 9457) with its code and the way out',
  content: { [problemType]: { schema: problemSchema } },
};

export const serverParams = z.strictObject({ id: z.string().min(1).max(64).describe('id of a server') });

export const moment = z.string().describe('ISO 8601, UTC');

export const jobSchema = z.object({
  id: z.string(),
  command: z.string(),
  serverId: z.string().optional(),
  state: z.enum(['queued', 'active', 'done', 'failed']),
  progress: z
    .object({ phase: z.string(), done: z.number(), total: z.number().optional(), unit: z.string() })
    .optional(),
  result: z.unknown().optional(),
  error: z.object({
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
    details: z.unknown().optional(),
  }).optional(),
  createdAt: moment,
  finishedAt: moment.optional(),
}).meta({ id: 'Job' });

/** The answers of a route that makes a change. */
export const changed = {
  200: z.unknown().describe('The result, if `Prefer: wait` was sent and it came in time'),
  202: jobSchema,
  default: problem,
};

/** The answers of a route that is answered at once. */
export const answers = <T extends z.ZodType>(schema: T) => ({ 200: schema, default: problem });

export const page = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('how many at most'),
  after: z.string().max(300).optional().describe('only those behind this one, which the Link of a page names'),
};
