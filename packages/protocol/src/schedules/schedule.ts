import type { ErrorCode } from '../errors.js';

/** One thing that a schedule does. A wait is in milliseconds. */
export type ScheduleStep =
  | 'start'
  | 'stop'
  | 'restart'
  | 'backup'
  | { readonly broadcast: string }
  | { readonly console: string }
  | { readonly wait: number };

/** The steps that are written as one word. */
export const plainSteps = ['start', 'stop', 'restart', 'backup'] as const;

/**
 * Whether players keep a run from its beginning: `any` no · `wait` it begins when nobody is connected any more ·
 * `skip` it is left out if somebody is connected.
 */
export const playersRules = ['any', 'wait', 'skip'] as const;
export type PlayersRule = (typeof playersRules)[number];

/** The wish of somebody: what is to be done, and when. */
export interface ScheduleTerms {
  /** Five fields of cron, or a name such as `@daily`. */
  readonly when: string;
  /** The time zone of `when`, by its IANA name. */
  readonly tz: string;
  readonly do: readonly ScheduleStep[];
  /** How long before a run its players are warned, milliseconds, the longest first. */
  readonly warnMs?: readonly number[];
  /** The words of the warning. `{in}` stands for the time that is left. */
  readonly warnText?: string;
  readonly players?: PlayersRule;
  /** How late a run may begin, milliseconds. A later one is missed. */
  readonly lateMs: number;
  readonly isPaused?: true;
}

/** How a run ended. Times are Unix milliseconds. */
export interface ScheduleOutcome {
  readonly due: number;
  readonly at: number;
  readonly outcome: 'done' | 'skipped' | 'failed';
  /** The step that failed or was left out, counted from 0. */
  readonly step?: number;
  readonly code?: ErrorCode;
  readonly because?: string;
  /** Somebody asked for this run by `schedule run`. */
  readonly isByHand?: true;
}

/** Runs that were due and not begun, since the last one that was. */
export interface MissedRuns {
  /** Counted up to `mostMissed`. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly because: string;
}

/** A run that is under way, written down before each of its steps. */
export interface ScheduleRun {
  readonly due: number;
  readonly step: number;
  /** When the step began, Unix milliseconds. */
  readonly since: number;
}

/** A schedule as it stands in the definition of its server. Only the queue process writes it. */
export interface Schedule extends ScheduleTerms {
  readonly id: string;
  /** Every time up to this one is dealt with, Unix milliseconds. */
  readonly doneUntil: number;
  /** How often the reckoning began anew, because the clock was set far back. */
  readonly turn?: number;
  readonly running?: ScheduleRun;
  readonly last?: ScheduleOutcome;
  readonly missed?: MissedRuns;
}

/** A schedule as people and programs see it. */
export interface ScheduleView extends Omit<Schedule, 'doneUntil' | 'turn'> {
  readonly serverId: string;
  /** When it runs next, Unix milliseconds. Absent for one that is paused. */
  readonly next?: number;
  /** Tells its terms from those that it had before. Absent in what a queue of an earlier version says. */
  readonly mark?: string;
}

/** Missed runs are counted up to this number. */
export const mostMissed = 1_000;

/** How late a run may begin where nobody says: the queue's own restart, and a while for players who are to leave. */
export const usualLateMs = (players: PlayersRule | undefined): number => (players === 'wait' ? 6 * 3_600_000 : 120_000);

/** The steps in words: `backup, then restart`. */
export const stepsInWords = (steps: readonly ScheduleStep[]): string => steps.map(stepInWords).join(', then ');

function stepInWords(step: ScheduleStep): string {
  if (typeof step === 'string') return step;
  if ('broadcast' in step) return `broadcast ${JSON.stringify(step.broadcast)}`;
  if ('console' in step) return `console ${JSON.stringify(step.console)}`;
  return `wait ${timeInWords(step.wait)}`;
}

const units = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;

/** `90 000` → `1 minute 30 seconds`: the two largest units. */
export function timeInWords(ms: number): string {
  let rest = Math.max(1_000, Math.round(ms / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    rest %= size;
  }
  return parts.slice(0, 2).join(' ');
}
