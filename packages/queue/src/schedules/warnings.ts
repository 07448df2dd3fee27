import { timeInWords, type Schedule } from '@pinky/protocol';

/** A warning whose time has come: its place before the run, and its words. */
export interface Warning {
  readonly beforeMs: number;
  readonly message: string;
}

/** A warning that comes this late still names the time as it was asked for, milliseconds. */
const exactMs = 10_000;

/** The newest warning that is due before a run at `next`; undefined if none is. */
export function warningAt(schedule: Schedule, next: number, now: number): Warning | undefined {
  const left = next - now;
  const beforeMs = (schedule.warnMs ?? []).findLast((ms) => ms >= left);
  if (beforeMs === undefined || left <= 0) return undefined;
  const shown = timeInWords(beforeMs - left < exactMs ? beforeMs : left);
  const words = schedule.warnText ?? `This server ${verbOf(schedule)} in {in}.`;
  return { beforeMs, message: words.replaceAll('{in}', shown) };
}

/** Whether a schedule does something that players are warned of without words of its own. */
export const endsGame = ({ do: steps }: Pick<Schedule, 'do'>): boolean =>
  steps.includes('restart') || steps.includes('stop');

function verbOf({ do: steps }: Schedule): string {
  const stopAt = steps.indexOf('stop');
  return stopAt >= 0 && !steps.slice(stopAt).includes('start') ? 'stops' : 'restarts';
}
