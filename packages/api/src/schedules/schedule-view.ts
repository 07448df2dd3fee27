import { markOfTerms, stepsInWords, type ScheduleView } from '@pinky/protocol';
import { z } from 'zod';
import { moment } from '../http/schemas.js';

const step = z.union([z.string(), z.record(z.string(), z.unknown())]);

export const scheduleSchema = z.object({
  id: z.string(),
  etag: z.string().describe('for `If-Match`: another one as soon as somebody has changed the schedule'),
  when: z.string(),
  tz: z.string(),
  do: z.array(step),
  doInWords: z.string(),
  warnMs: z.array(z.number()).optional(),
  warnText: z.string().optional(),
  players: z.enum(['any', 'wait', 'skip']).optional(),
  lateMs: z.number().describe('how late a run may begin'),
  isPaused: z.boolean().optional(),
  nextAt: moment.optional().describe('absent for one that is paused, and while the queue is away'),
  runningSince: moment.optional().describe('a run is under way'),
  last: z.object({
    at: moment,
    outcome: z.enum(['done', 'skipped', 'failed']),
    because: z.string().optional(),
    code: z.string().optional(),
  }).optional(),
  missed: z.object({ count: z.int(), lastAt: moment, because: z.string() }).optional(),
}).meta({ id: 'Schedule' });

/** The ETag of a schedule. A run leaves it as it is. */
export const etagOf = (view: ScheduleView): string => `"${markOfTerms(view)}"`;

const iso = (ms: number): string => new Date(ms).toISOString();

/** A schedule with its times as the API has them. */
export function shownSchedule(view: ScheduleView): z.infer<typeof scheduleSchema> {
  const { id, when, tz, do: steps, warnMs, warnText, players, lateMs, isPaused, next, running, last, missed } = view;
  return {
    id,
    etag: etagOf(view),
    when,
    tz,
    do: steps.map((each) => (typeof each === 'string' ? each : { ...each })),
    doInWords: stepsInWords(steps),
    lateMs,
    ...(warnMs && { warnMs: [...warnMs] }),
    ...(warnText !== undefined && { warnText }),
    ...(players && { players }),
    ...(isPaused && { isPaused }),
    ...(next !== undefined && { nextAt: iso(next) }),
    ...(running && { runningSince: iso(running.since) }),
    ...(last && { last: lastOf(last) }),
    ...(missed && { missed: { count: missed.count, lastAt: iso(missed.last), because: missed.because } }),
  };
}

const lastOf = ({ at, outcome, because, code }: NonNullable<ScheduleView['last']>) => ({
  at: iso(at),
  outcome,
  ...(because !== undefined && { because }),
  ...(code !== undefined && { code }),
});
