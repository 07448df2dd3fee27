import { stepsInWords, type ScheduleOutcome, type ScheduleView } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { nextText } from '../../known/schedule-words.js';
import { formatDuration } from '../../terminal/figures.js';
import type { TableRow } from '../../terminal/table.js';

export const columns = ['SCHEDULE', 'SERVER', 'WHEN', 'ZONE', 'DO', 'PLAYERS', 'NEXT', 'LAST'];

const playersWords = { any: '', wait: 'only if empty', skip: 'skip if any' } as const;

export function rowOf({ out }: Context, schedule: ScheduleView, now: number): TableRow {
  return [
    out.paint('strong', schedule.id),
    schedule.serverId,
    schedule.when,
    schedule.tz,
    out.foreign(stepsInWords(schedule.do)),
    playersWords[schedule.players ?? 'any'],
    nextText(schedule, now),
    schedule.running ? 'under way' : lastText(schedule.last, now),
  ];
}

function lastText(last: ScheduleOutcome | undefined, now: number): string {
  return last === undefined ? '' : `${last.outcome} ${formatDuration(Math.max(0, now - last.at))} ago`;
}
