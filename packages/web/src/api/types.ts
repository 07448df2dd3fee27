import type { components } from '@pinky/client/api';

/** The schemas of the API's own document: what it changes is found here when the page is checked. */
type Schemas = components['schemas'];

/** A server as `GET /v1/servers` shows it. The explanation comes with one server only. */
export type Server = Readonly<Schemas['Server']> & { readonly explain?: Readonly<Record<string, unknown>> };

export type Backup = Readonly<Schemas['Backup']>;

export type Job = Readonly<Schemas['Job']>;

/** An event of a server, with the fields of its type. */
export interface ServerEvent {
  readonly type: string;
  readonly server_id: string;
  readonly ts: string;
  readonly [field: string]: unknown;
}

export interface Session {
  readonly csrf: string;
  readonly verbs: readonly string[];
  readonly servers: readonly string[];
}

/** A place in a console: a run and a byte of it. */
export interface ConsolePlace {
  readonly run: string;
  readonly offset: number;
}

export interface ConsoleLine extends ConsolePlace {
  readonly end: number;
  readonly text: string;
}

/** One thing in a folder of a server. */
export interface FolderEntry {
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  readonly changedAt: string;
  readonly etag?: string;
}

/** Figures over time, as columns of one length. A null stands in a gap. */
export interface Curve {
  /** Unix seconds. */
  readonly times: readonly number[];
  readonly cpuPercent: readonly (number | null)[];
  readonly memoryBytes: readonly (number | null)[];
  readonly players: readonly (number | null)[];
}

export interface Graph extends Curve {
  readonly from: string;
  readonly to: string;
  readonly memoryLimitBytes?: number;
  readonly events: readonly ServerEvent[];
}

export interface Crash {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly words: string;
  readonly restartInMs?: number;
}

export interface CrashReport extends Crash {
  readonly lastLines: readonly string[];
  readonly threads?: readonly string[];
  readonly stacks?: readonly string[];
  readonly memory?: { readonly limitBytes: number; readonly peakBytes: number };
  readonly curve: Curve;
  readonly events: readonly ServerEvent[];
  readonly changes: readonly { readonly at: string; readonly command: string; readonly state: string }[];
}

export interface Schedule {
  readonly id: string;
  /** Another one as soon as somebody has changed the schedule. */
  readonly etag: string;
  readonly when: string;
  readonly tz: string;
  readonly do: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly doInWords: string;
  readonly warnMs?: readonly number[];
  readonly warnText?: string;
  readonly lateMs: number;
  readonly players?: 'any' | 'wait' | 'skip';
  readonly isPaused?: boolean;
  readonly nextAt?: string;
  readonly runningSince?: string;
  readonly last?: { readonly at: string; readonly outcome: string; readonly because?: string };
  readonly missed?: { readonly count: number; readonly lastAt: string; readonly because: string };
}
