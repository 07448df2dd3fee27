import { mostMissed, stepsInWords, type ScheduleOutcome, type ScheduleView } from '@pinky/protocol';
import { formatDuration } from '../terminal/figures.js';

/** `in 3h 10m (2026-12-01 04:00)`, by the clock of the schedule's time zone. */
export function nextText({ next, tz, isPaused, running }: ScheduleView, now: number): string {
  if (running) return 'under way';
  if (isPaused || next === undefined) return 'paused';
  return `in ${formatDuration(Math.max(0, next - now))} (${timeIn(next, tz)})`;
}

/** `2026-12-01 04:00`: Swedes write times so. */
export const timeIn = (at: number, timeZone: string): string =>
  new Date(at).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });

export function outcomeText(outcome: ScheduleOutcome | undefined): string {
  if (!outcome) return 'ran';
  const { outcome: how, step, code, because } = outcome;
  const why = because === undefined ? '' : `: ${code === undefined ? '' : `${code}: `}${because}`;
  if (how === 'failed') return `failed in step ${(step ?? 0) + 1}${why}`;
  return `${how === 'skipped' ? 'did nothing' : 'is done'}${why}`;
}

/** The runs that were missed since the last one; undefined if there are none. */
export function missedText({ id, serverId, missed, tz }: ScheduleView): string | undefined {
  if (!missed) return undefined;
  const { count, first, last, because } = missed;
  const number = `${count >= mostMissed ? 'at least ' : ''}${count} run${count === 1 ? '' : 's'}`;
  const when = first === last ? `of ${timeIn(first, tz)}` : `from ${timeIn(first, tz)} to ${timeIn(last, tz)}`;
  return `schedule ${id} of ${serverId} missed ${number} ${when}: ${because}`;
}

/** The schedules of one server, for `explain`. */
export function scheduleLines(schedules: readonly ScheduleView[], now: number): string[] {
  return schedules.flatMap((schedule) => {
    const { last } = schedule;
    const missed = missedText(schedule);
    return [
      `by schedule ${schedule.id}: ${stepsInWords(schedule.do)} ${nextText(schedule, now)}`,
      ...(last && last.outcome !== 'done' ? [`its last run, of ${timeIn(last.due, schedule.tz)}, ${outcomeText(last)}`]
        : []),
      ...(missed === undefined ? [] : [missed]),
    ];
  });
}
