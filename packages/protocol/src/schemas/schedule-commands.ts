import { z } from 'zod';
import { assertOneLine } from '../commands/text.js';
import type { NewSchedule, OneSchedule, ScheduleCommand, ScheduleCommandName } from '../commands/schedule-commands.js';
import { PinkyError } from '../errors.js';
import { parseCron } from '../schedules/cron.js';
import { plainSteps, playersRules, type ScheduleStep } from '../schedules/schedule.js';
import { assertZone } from '../schedules/zone.js';
import { assertServerId } from '../server-id.js';
import { parseDuration } from '../time/durations.js';
import { deadline } from './deadline.js';

/** A schedule does at most so many things, and warns at most so often. */
const mostSteps = 20;
const longestMs = 24 * 3_600_000;

const text = z.string('must be a text').min(1, 'must not be empty').max(4096, 'is longer than 4096 characters');
const spanRule = 'must be a time such as 10m or 90s, from 1s to 24h';
const span = z
  .union([z.number(), z.string()], spanRule)
  .transform((given) => (typeof given === 'number' ? given : parseDuration(given) ?? Number.NaN))
  .refine((ms) => ms >= 1_000 && ms <= longestMs, spanRule);
const stepRule = 'must be start, stop, restart, backup, {broadcast: text}, {console: line} or {wait: time}, or a list';
const step = z.union(
  [
    z.enum(plainSteps),
    z.strictObject({ broadcast: text }),
    z.strictObject({ console: text }),
    z.strictObject({ wait: span }),
  ],
  stepRule,
);
const stepsRule = `${stepRule} of 1 to ${mostSteps}`;
const list = z.array(step).min(1, stepsRule).max(mostSteps, stepsRule);
const steps = z.union([step.transform((one) => [one]), list], stepsRule);

const terms = {
  when: text,
  do: steps,
  tz: text.optional(),
  warn: z.array(span, 'must be a list of times').max(mostSteps, 'has more than 20 times').optional(),
  warnText: text.optional(),
  players: z.enum(playersRules, 'must be any, wait or skip').optional(),
  late: span.optional(),
  paused: z.boolean('must be true or false').optional(),
};
const about = { deadlineMs: deadline };
const one = { ...about, schedule: text, serverId: text.nullish(), ifMark: text.optional() };

/** The data of the commands about schedules. */
export const scheduleSchemas = {
  'schedule add': z.strictObject({ ...about, serverId: text, ...terms }),
  'schedule edit': z.strictObject({ ...one, ...terms, when: text.optional(), do: steps.optional() }),
  'schedule rm': z.strictObject(one),
  'schedule run': z.strictObject(one),
  'schedule ls': z.strictObject({ ...about, serverId: text.nullish() }),
} as const satisfies Readonly<Record<ScheduleCommandName, z.ZodType>>;

/** Every field may be absent; `schedule add` has been checked for those that must not. */
const given = z.object({ ...terms, when: text.optional(), do: z.array(z.custom<ScheduleStep>()).optional() });

/** The command of fields that its schema has let pass. Throws `bad_command`, `bad_server_id` or `bad_text`. */
export function scheduleCommand(
  name: ScheduleCommandName,
  fields: Readonly<Record<string, unknown>>,
): ScheduleCommand {
  const serverId = fields['serverId'] ?? undefined;
  if (serverId !== undefined || name === 'schedule add') assertServerId(serverId);
  const server = serverId === undefined ? {} : { serverId };
  switch (name) {
    case 'schedule add': {
      assertServerId(serverId);
      const { when, do: todo, ...rest } = termsOf(name, fields);
      const isWhole = when !== undefined && todo !== undefined;
      if (!isWhole) throw new PinkyError('bad_command', `${name}: when or do is missing`);
      return { name, data: { serverId, when, do: todo, ...rest } };
    }
    case 'schedule edit': return { name, data: { ...choiceOf(fields), ...server, change: termsOf(name, fields) } };
    case 'schedule rm': case 'schedule run': return { name, data: { ...choiceOf(fields), ...server } };
    case 'schedule ls': return { name, data: server };
  }
}

function choiceOf({ schedule, ifMark }: Readonly<Record<string, unknown>>): Omit<OneSchedule, 'serverId'> {
  return { schedule: text.parse(schedule), ...(ifMark !== undefined && { ifMark: text.parse(ifMark) }) };
}

/** Only what was said. */
function termsOf(name: string, fields: Readonly<Record<string, unknown>>): Partial<NewSchedule> {
  const { when, do: todo, tz, warn, warnText, players, late, paused } = given.parse(fields);
  if (when !== undefined) parseCron(when);
  if (tz !== undefined) assertZone(tz);
  if (warnText !== undefined) assertOneLine(`${name}: warnText`, warnText);
  for (const each of todo ?? []) assertSpeakable(name, each);
  return {
    ...(when !== undefined && { when: when.trim() }),
    ...(todo && { do: todo }),
    ...(tz !== undefined && { tz }),
    ...(warn && { warnMs: [...new Set(warn)].sort((a, b) => b - a) }),
    ...(warnText !== undefined && { warnText }),
    ...(players && { players }),
    ...(late !== undefined && { lateMs: late }),
    ...(paused !== undefined && { isPaused: paused }),
  };
}

function assertSpeakable(name: string, step: ScheduleStep): void {
  if (typeof step === 'string' || 'wait' in step) return;
  const [field, said] = 'broadcast' in step ? ['broadcast', step.broadcast] : ['console', step.console];
  assertOneLine(`${name}: ${field}`, said);
}
