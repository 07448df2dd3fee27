import type { VectorCase } from '../replay.js';
import type { Behaviour, ServerBehaviour } from '../programs/recorded-case.js';

export interface ScriptStep {
  readonly at: number;
  readonly do: 'signal' | 'change_config' | 'rename_log_file';
  readonly to?: string;
  readonly signal?: string;
  readonly set?: Readonly<Record<string, unknown>>;
}

export interface RecordedEvent {
  readonly t: number;
  readonly in: string;
  readonly ev: string;
  readonly [field: string]: unknown;
}

export type LogLine = {
  readonly in?: string;
  readonly severity?: string;
  readonly text?: string;
  readonly raw?: string;
};

/** The observation of a run: the recorded one, or our own. */
export interface Observed {
  readonly events: readonly RecordedEvent[];
  readonly top_exit: { readonly t: number; readonly code?: number; readonly signal?: string } | null;
  readonly alive_at_end: readonly string[];
  readonly log?: readonly LogLine[];
  readonly log_file_held?: Readonly<Record<string, string>>;
  readonly log_path_exists_after?: boolean;
  readonly stack_dump_files_of?: readonly string[];
  readonly startup_order?: readonly string[];
  readonly standard_output?: readonly string[];
  readonly standard_error?: readonly string[];
  /** Only of our own run. */
  readonly startup?: readonly RecordedEvent[];
  readonly renamedAt?: number | undefined;
  readonly startedAt?: Readonly<Record<string, number>>;
}

/** The keys of the configuration that matter to replays and rules. */
export interface RunConfig {
  readonly worker_type?: 'embedded' | 'thread' | 'process' | 'spawn';
  readonly workers?: number | null;
  readonly supervisor?: boolean;
  readonly enable_detach?: boolean;
  readonly exit_on_detach?: boolean;
  readonly disable_reload?: boolean;
  readonly restart_worker_interval?: number;
  readonly start_worker_delay?: number;
  readonly start_worker_delay_rand?: number;
  readonly server_restart_wait?: number;
  readonly server_detach_wait?: number;
  readonly worker_graceful_kill_interval?: number;
  readonly unrecoverable_exit_codes?: readonly number[];
  readonly stop_immediately_at_unrecoverable_exit?: boolean;
  readonly [key: string]: unknown;
}

export interface RunCase extends VectorCase {
  readonly config: RunConfig;
  readonly worker?: Behaviour;
  readonly server?: ServerBehaviour;
  readonly t_zero: string;
  readonly script: readonly ScriptStep[];
  readonly watched_for: number;
  readonly stable?: boolean;
  readonly runs_that_differ?: readonly Partial<Observed>[];
  readonly observed: Observed;
}
