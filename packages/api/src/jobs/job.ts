import type { ErrorAnswer, Progress } from '@pinky/protocol';

export const jobStates = ['queued', 'active', 'done', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

/** How far a job is. The unit is that of `done` and `total`. */
export interface JobProgress {
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
}

/** One change that somebody asked for. Times are ISO 8601. */
export interface Job {
  readonly id: string;
  readonly command: string;
  readonly serverId?: string;
  readonly state: JobState;
  readonly progress?: JobProgress;
  readonly result?: unknown;
  readonly error?: ErrorAnswer;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

/** A job as it is kept: with what it asked for, and whose it is. */
export interface KeptJob extends Job {
  /** The data of the command. Absent where a job of this process's own was asked for. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Tells whether a second request with the same id asks for the same. */
  readonly mark: string;
  /** The token that asked for it. */
  readonly by: string;
}

export const isOver = ({ state }: Pick<Job, 'state'>): boolean => state === 'done' || state === 'failed';

/** The job without what only this process needs. */
export const shownJob = ({ data: _data, mark: _mark, by: _by, ...job }: KeptJob): Job => job;

/** Lines, where a program says how far it is; bytes otherwise. */
export const progressOf = ({ label, done, total, phase }: Progress): JobProgress => ({
  phase: phase ?? label,
  done,
  ...(total !== undefined && { total }),
  unit: label === 'bootstrap' || label === 'prepare' ? 'lines' : 'bytes',
});
