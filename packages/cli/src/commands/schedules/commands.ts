import {
  assertServerId,
  PinkyError,
  stepsInWords,
  timeInWords,
  type ScheduleResult,
  type SchedulesResult,
} from '@pinky/protocol';
import type { Action, Context } from '../../command-line/context.js';
import { missedText, nextText, outcomeText } from '../../known/schedule-words.js';
import { askWithProgress } from '../../talk/ask-with-progress.js';
import { table } from '../../terminal/table.js';
import { stepsOf, termsOf } from './given.js';
import { columns, rowOf } from './rows.js';

export const add: Action = async (context, [serverId, when, ...words], flags) => {
  assertServerId(serverId);
  const data = { serverId, when, do: stepsOf(words), ...termsOf(flags) };
  const result = await askWithProgress<ScheduleResult>(context, 'schedule add', data);
  show(context, result, 'is scheduled');
};

export const edit: Action = async (context, [schedule, ...words], flags) => {
  const terms = { ...termsOf(flags), ...(words.length > 0 && { do: stepsOf(words) }) };
  if (Object.keys(terms).length === 0) throw new PinkyError('bad_command', 'schedule edit: say what is to change');
  show(context, await askWithProgress<ScheduleResult>(context, 'schedule edit', { schedule, ...terms }), 'is changed');
};

export const remove: Action = async (context, [schedule]) => {
  show(context, await askWithProgress<ScheduleResult>(context, 'schedule rm', { schedule }), 'is removed');
};

/** Exits with 1 if the run failed. */
export const runNow: Action = async (context, [schedule]) => {
  const result = await askWithProgress<ScheduleResult>(context, 'schedule run', { schedule });
  const { out } = context;
  const { outcome } = result;
  out.answer(result, () => [`${out.paint('strong', result.serverId)} ${out.foreign(outcomeText(outcome))}`]);
  return outcome?.outcome === 'failed' ? 1 : 0;
};

export const list: Action = async (context, [serverId]) => {
  if (serverId !== undefined) assertServerId(serverId);
  const data = serverId === undefined ? {} : { serverId };
  const result = await askWithProgress<SchedulesResult>(context, 'schedule ls', data);
  const { out } = context;
  const now = context.clock.wallNow();
  out.answer(result, () => (result.schedules.length === 0
    ? []
    : table(columns, result.schedules.map((schedule) => rowOf(context, schedule, now)))));
  for (const schedule of result.schedules) {
    const missed = missedText(schedule);
    if (missed !== undefined) out.note(out.paint('busy', `note: ${out.foreign(missed)}`));
  }
  if (result.schedules.length === 0) {
    out.note(serverId === undefined ? 'no server has a schedule' : `${serverId} has no schedule`);
  }
};

function show(context: Context, result: ScheduleResult, what: string): void {
  const { out, clock } = context;
  const { schedule, serverId, already } = result;
  const warn = schedule.warnMs?.map(timeInWords) ?? [];
  out.answer(result, () => [
    `${schedule.id} ${what}${already ? ' already' : ''}: ${out.foreign(stepsInWords(schedule.do))} of ` +
      `${out.paint('strong', serverId)} at ${JSON.stringify(schedule.when)} ${schedule.tz}`,
    ...(what === 'is removed' ? [] : [`  next: ${nextText(schedule, clock.wallNow())}`]),
    ...(warn.length > 0 && what !== 'is removed' ? [`  warns its players ${warn.join(', ')} before`] : []),
  ]);
}
