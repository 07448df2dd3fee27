import type { PinTerms } from './backup-commands.js';
import type { BoxCommandName, BoxCommandResult } from './box-commands.js';
import type { CommandName, CommandResult, FetchSource, Source } from './commands.js';
import type { DistributionOrder } from '../distributions/distribution.js';
import type { PlayersRule } from '../schedules/schedule.js';

/** A source as its sender may write it: a name, an absolute path, an address, or an address with its SHA-256. */
export type SourceGiven = string | Source;

/** The part of every job's data. */
export interface JobBase {
  readonly serverId: string;
  /** How long the answer may take, milliseconds, at most 24 hours. Default: the command's own. */
  readonly deadlineMs?: number;
}

/** Everything about a start besides its funpack (docs/redis.md has the meaning of each field). */
export interface StartOptions extends JobBase {
  readonly funpackSha256?: string;
  readonly funpackId?: string;
  /** Megabytes. Default 1024. */
  readonly ram?: number | { readonly min?: number; readonly max: number };
  /** `'new'` is a fresh world. Absent: the server's newest backup, where there is one. */
  readonly world?: SourceGiven | null;
  readonly worldUrl?: string | null;
  readonly worldSha256?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Another name of `settings`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The port that the server has, or none. */
  readonly port?: number;
  /** The reaction to an exit that nobody asked for: `restart`, `stop`, `3=stop,restart`; `funpack`: as that says. */
  readonly onExit?: string;
}

/**
 * The data of a `start` job as a producer may write it: `new Queue<StartData>('pinky-1')`. Without a funpack, the
 * server's definition says which.
 */
export type StartData = StartOptions &
  (
    | { readonly funpack?: SourceGiven; readonly funpackUrl?: never }
    | { readonly funpackUrl: string; readonly funpack?: never }
  );

/** The things to change about a server; `ifRevision` as its last answer had it. */
export type SetGiven = Omit<StartOptions, 'world' | 'worldUrl' | 'worldSha256'> & {
  readonly funpack?: SourceGiven;
  readonly funpackUrl?: string;
  readonly ifRevision?: number;
};

/**
 * The user of a game by name, by the number that events have as `user_id`, or by both, which must be of one player. A
 * number of more than 15 digits must be a text.
 */
type ToUser = JobBase &
  (
    | { readonly user: string; readonly userId?: string | number }
    | { readonly userId: string | number; readonly user?: string }
  );

/** A funpack, a world or both, to be brought into the cache. */
export type FetchGiven = Partial<JobBase> &
  Pick<StartOptions, 'funpackSha256' | 'worldUrl' | 'worldSha256'> & {
    readonly funpack?: string | FetchSource;
    readonly funpackUrl?: string;
    readonly funpackMd5?: string;
    readonly world?: string | FetchSource | null;
    readonly worldMd5?: string;
  };

/** One backup of a server, by name or time; the newest one where neither is given (docs/backups.md). */
export type BackupGiven = JobBase &
  ({ readonly which?: string | number; readonly at?: never } | { readonly at: string; readonly which?: never });

/** One thing that a schedule does. A wait is milliseconds, or a text such as `30s`. */
export type StepGiven =
  | 'start'
  | 'stop'
  | 'restart'
  | 'backup'
  | { readonly broadcast: string }
  | { readonly console: string }
  | { readonly wait: number | string };

/** The terms of a schedule (docs/schedules.md). A time span is milliseconds, or a text such as `10m`. */
export interface ScheduleGiven {
  readonly when: string;
  readonly do: StepGiven | readonly StepGiven[];
  readonly tz?: string;
  readonly warn?: readonly (number | string)[];
  readonly warnText?: string;
  readonly players?: PlayersRule;
  readonly late?: number | string;
  readonly paused?: boolean;
}

/** A schedule by its id. The server may be named too, and the `mark` that it must still have. */
type OfSchedule = Partial<JobBase> & { readonly schedule: string; readonly ifMark?: string };

/** A pack on its way to boxes (docs/distributions.md): either boxes or a group, and one of the sums. */
export type DistributeGiven = Partial<JobBase> &
  Partial<Pick<DistributionOrder, 'boxes' | 'group' | 'waveSize' | 'enoughPercent' | 'mostFailures'>> & {
    readonly funpack: string | FetchSource;
    readonly sha256?: string;
    readonly md5?: string;
  };

/** A distribution by its id. */
type OfDistribution = Partial<JobBase> & { readonly distribution: string };

/** The data of each command's job, by the job's name. */
export interface JobDataByName extends Record<CommandName | BoxCommandName, object> {
  readonly stop: JobBase & { readonly discard?: boolean };
  readonly restart: JobBase;
  readonly kill: JobBase;
  readonly list: JobBase;
  readonly backup: JobBase & { readonly force?: boolean };
  readonly explain: JobBase;
  /** Without an id: every server that has a worker. */
  readonly status: Partial<JobBase>;
  readonly fetch: FetchGiven;
  /** A setting that is null goes away. */
  readonly set: SetGiven;
  /** Without an id: those of every server. */
  readonly backups: Partial<JobBase>;
  readonly restore: BackupGiven;
  readonly pin: BackupGiven & PinTerms;
  readonly unpin: BackupGiven;
  readonly verify: BackupGiven;
  readonly 'backups rm': BackupGiven & { readonly discard?: boolean };
  readonly 'backups get': BackupGiven & { readonly file: string };
  readonly 'schedule add': JobBase & ScheduleGiven;
  readonly 'schedule edit': OfSchedule & Partial<ScheduleGiven>;
  readonly 'schedule rm': OfSchedule;
  readonly 'schedule run': OfSchedule;
  /** Without an id: those of every server. */
  readonly 'schedule ls': Partial<JobBase>;
  readonly distribute: DistributeGiven;
  /** Without an id: all of them. */
  readonly distributions: Partial<OfDistribution>;
  readonly 'distribution cancel': OfDistribution;
  readonly 'distribution wave': OfDistribution & { readonly wave: number };
  readonly rm: JobBase & { readonly withBackups?: boolean; readonly discard?: boolean };
  readonly start: StartData;
  readonly tell: ToUser & { readonly message: string };
  readonly kick: ToUser & { readonly message?: string };
  readonly broadcast: JobBase & { readonly message: string };
  readonly console: JobBase & { readonly line: string };
}

/** The data of any job: `new Queue<JobData, JobResult, JobName>('pinky-1')`. */
export type JobData = JobDataByName[CommandName | BoxCommandName];

/** The name of any job. */
export type JobName = CommandName | BoxCommandName;

/** The answer to any job. */
export type JobResult = CommandResult | BoxCommandResult;
