import type { ErrorAnswer } from '../errors.js';
import type { ServerStatus } from '../frames/messages.js';
import type { ScheduleView } from '../schedules/schedule.js';
import {
  backupCommandNames,
  type BackupCommand,
  type BackupsResult,
  type OneBackupResult,
  type RestoreResult,
} from './backup-commands.js';
import type { CommandResult, FetchSource, StartRequest } from './commands.js';
import {
  distributionCommandNames,
  type DistributionCommand,
  type DistributionResult,
  type DistributionsResult,
} from './distribution-commands.js';
import {
  scheduleCommandNames,
  type ScheduleCommand,
  type ScheduleResult,
  type SchedulesResult,
} from './schedule-commands.js';

/**
 * Commands that the queue answers itself: they ask about servers, bring something into the cache, or are about
 * backups, schedules or distributions.
 */
export const boxCommandNames = [
  'status',
  'explain',
  'fetch',
  'set',
  ...backupCommandNames,
  ...scheduleCommandNames,
  ...distributionCommandNames,
] as const;
export type BoxCommandName = (typeof boxCommandNames)[number];

export type BoxCommand =
  /** Without an id: every server of the box that has a worker. */
  | { readonly name: 'status'; readonly data: { readonly serverId?: string } }
  | { readonly name: 'explain'; readonly data: { readonly serverId: string } }
  /** Gets a funpack, a world or both, and starts nothing. */
  | { readonly name: 'fetch'; readonly data: FetchData }
  /** Changes what a server is, and starts nothing. A game that is up is told what it can change. */
  | { readonly name: 'set'; readonly data: SetData }
  | BackupCommand
  | ScheduleCommand
  | DistributionCommand;

export interface FetchData {
  readonly funpack?: FetchSource;
  readonly world?: FetchSource;
}

/** The data of `set`. With `ifRevision`, the definition is changed only if it still has that one. */
export interface SetData extends Omit<StartRequest, 'world'> {
  readonly ifRevision?: number;
}

/** How long a box command may take before its sender gets `deadline_exceeded`, milliseconds. */
export const boxCommandDeadlineMs: Readonly<Record<BoxCommandName, number>> = {
  status: 10_000,
  explain: 10_000,
  fetch: 30 * 60_000,
  set: 30_000,
  backups: 60_000,
  restore: 90 * 60_000,
  pin: 10 * 60_000,
  unpin: 60_000,
  verify: 60 * 60_000,
  'backups rm': 60_000,
  'backups get': 60 * 60_000,
  'schedule add': 10_000,
  'schedule edit': 10_000,
  'schedule rm': 10_000,
  'schedule run': 2 * 3_600_000,
  'schedule ls': 10_000,
  distribute: 30_000,
  distributions: 10_000,
  'distribution cancel': 30_000,
  'distribution wave': 60_000,
};

/** The answer of `status`. One server for an id, with only its id and state if it has no worker. */
export interface StatusResult {
  readonly servers: readonly (ServerStatus | Pick<ServerStatus, 'serverId' | 'state'>)[];
}

/** The answer of `explain`: a server's state, why, since when, and what comes next. */
export interface ExplainResult extends Partial<Omit<ServerStatus, 'serverId' | 'state'>> {
  readonly serverId: string;
  /** A state of the lifecycle, or `unknown` while its worker is away. */
  readonly state: string;
  /** Why a server is `failed`. */
  readonly failure?: ErrorAnswer;
  /** Why a command for it waits for a worker: the machine has no room for one, say. */
  readonly waits?: string;
  /** The folder of its unpacked funpack. */
  readonly funpack?: string;
  /** The game's newest lines, oldest first. */
  readonly lastLines?: readonly string[];
  /** The schedules of the server, the one that runs next first. */
  readonly schedules?: readonly ScheduleView[];
}

/** The answer of `fetch`. A thing that was there already is answered in the same way. */
export interface FetchResult {
  readonly funpack?: FetchedFunpack;
  readonly world?: FetchedWorld;
}

export interface FetchedFunpack {
  readonly url: string;
  /** Its identity: the archive's SHA-256, or a digest of the folder. */
  readonly digest: string;
  /** The folder with its files. */
  readonly path: string;
}

export interface FetchedWorld {
  readonly url: string;
  /** The archive, or the folder if the world is one. */
  readonly path: string;
  /** SHA-256 in lower-case hex, and bytes. Absent for a folder. */
  readonly sha256?: string;
  readonly size?: number;
}

/** Which of its settings a running game has changed at once. */
export interface LiveChange {
  /** The names of those that hold now. */
  readonly live: readonly string[];
  /** Why the game did not take others that it could have. They hold from the next start. */
  readonly refused: Readonly<Record<string, Pick<ErrorAnswer, 'code' | 'message'>>>;
  /** The game runs as its server is defined now: nothing waits for the next start. */
  readonly isWhole: boolean;
}

/** The answer of `set`. */
export interface SetResult
  extends Pick<CommandResult, 'serverId' | 'already' | 'appliesAtNextStart' | 'live' | 'refused'> {
  readonly revision: number;
}

export type BoxCommandResult =
  | SetResult
  | StatusResult
  | ExplainResult
  | FetchResult
  | BackupsResult
  | OneBackupResult
  | RestoreResult
  | ScheduleResult
  | SchedulesResult
  | DistributionResult
  | DistributionsResult;

export const isBoxCommandName = (name: unknown): name is BoxCommandName =>
  boxCommandNames.some((known) => known === name);
