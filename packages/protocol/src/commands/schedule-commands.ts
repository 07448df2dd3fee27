import type { ScheduleOutcome, ScheduleTerms, ScheduleView } from '../schedules/schedule.js';

/** The terms that a new schedule may leave to Pinky: the time zone is that of the box, the lateness the usual one. */
export type NewSchedule = Omit<ScheduleTerms, 'tz' | 'lateMs' | 'isPaused'> & {
  readonly tz?: string;
  readonly lateMs?: number;
  readonly isPaused?: boolean;
};

/**
 * One schedule of the box. If the server is named, the schedule must be one of its own. With `ifMark` it is meant only
 * as long as its terms still have this mark.
 */
export interface OneSchedule {
  readonly schedule: string;
  readonly serverId?: string;
  readonly ifMark?: string;
}

/** Commands about schedules. The queue answers them itself, with Redis or without. */
export type ScheduleCommand =
  | { readonly name: 'schedule add'; readonly data: NewSchedule & { readonly serverId: string } }
  | { readonly name: 'schedule edit'; readonly data: OneSchedule & { readonly change: Partial<NewSchedule> } }
  | { readonly name: 'schedule rm' | 'schedule run'; readonly data: OneSchedule }
  /** Without an id: of every server. */
  | { readonly name: 'schedule ls'; readonly data: { readonly serverId?: string } };

export const scheduleCommandNames = [
  'schedule add',
  'schedule edit',
  'schedule rm',
  'schedule run',
  'schedule ls',
] as const satisfies readonly ScheduleCommand['name'][];
export type ScheduleCommandName = ScheduleCommand['name'];

export const isScheduleCommandName = (name: unknown): name is ScheduleCommandName =>
  scheduleCommandNames.some((known) => known === name);

/** The answer of the commands about one schedule, as it is afterwards, or was before it was removed. */
export interface ScheduleResult {
  readonly serverId: string;
  readonly schedule: ScheduleView;
  /** It was so before, and nothing had to be done. */
  readonly already?: true;
  /** For `schedule run`: how the run ended. */
  readonly outcome?: ScheduleOutcome;
}

/** The answer of `schedule ls`: the one that runs next first. */
export interface SchedulesResult {
  readonly schedules: readonly ScheduleView[];
}
