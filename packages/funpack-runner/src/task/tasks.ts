import type { BackupResult, BoxConfig, Source } from '@pinky/protocol';
import type { LaunchContext } from '../launch/launch-context.js';
import type { FoundFunpack, SourceContext } from '../store/find-funpack.js';

/** Limits on what is unpacked: `archives` of the box's configuration. */
export type ArchiveLimits = BoxConfig['archives'];

/** A piece of heavy work, done by a short-lived program of its own. All of it is JSON. */
export type RunnerTask = FetchTask | RestoreTask | BootstrapTask | PrepareTask | BackupTask | PruneTask;

/** Download, verify and unpack a funpack; answers as `findFunpack`. */
export interface FetchTask extends SourceContext {
  readonly type: 'fetch';
  readonly source: Source;
  readonly limits: ArchiveLimits;
}

/** Put a world in place of the working folder; the old one stays until the new one is whole. */
export interface RestoreTask extends Pick<SourceContext, 'allowedHosts'> {
  readonly type: 'restore';
  readonly source: Source;
  /** The server's `working/`. */
  readonly into: string;
  readonly limits: ArchiveLimits;
}

/** Run `bin/bootstrap`, unless it ran for this funpack on this box before. */
export interface BootstrapTask {
  readonly type: 'bootstrap';
  readonly funpackDir: string;
  readonly digest: string;
  /** Filled when the task answers: `join(boxPaths(home).shared, digest)`. */
  readonly sharedDir: string;
  /** `HOME` of the program. */
  readonly home: string;
  /** Default 30 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Write datafile and configuration files and run `bin/prepare`; the worker may do the same without a process of its
 * own.
 */
export interface PrepareTask {
  readonly type: 'prepare';
  readonly funpackDir: string;
  readonly digest: string;
  readonly context: LaunchContext;
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
}

/** Write an archive of the world to the directory store. */
export interface BackupTask {
  readonly type: 'backup';
  readonly serverId: string;
  readonly workingDir: string;
  /** Asks `bin/import` and the manifest what belongs to the world; absent: all of `working/`. */
  readonly funpackDir?: string;
  /** The environment of `bin/import`; needed where the funpack has one. */
  readonly context?: LaunchContext;
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  /** How many backups of the server stay. */
  readonly keep: number;
}

/** Remove from the cache what no server uses, beyond what may stay. */
export interface PruneTask extends Pick<SourceContext, 'cacheDir'> {
  readonly type: 'prune';
  /** `$SERVERS`: whose funpacks are in use. */
  readonly servers: string;
  /** How long something stays that no server uses, milliseconds; at least an hour. */
  readonly unusedForMs: number;
  /** How much disk space all of it may take; the least recently used goes first. */
  readonly unusedBytes: number;
}

/** What each task answers. */
export interface RunnerResults {
  readonly fetch: FoundFunpack;
  readonly restore: { readonly files: number; readonly bytes: number };
  /** `ran` is false where it was done before. */
  readonly bootstrap: { readonly ran: boolean };
  readonly prepare: { readonly ran: boolean };
  readonly backup: BackupResult & { readonly files: number };
  /** Digests. */
  readonly prune: { readonly removed: readonly string[]; readonly freedBytes: number };
}

export type RunnerResult<T extends RunnerTask> = RunnerResults[T['type']];

/** How far a task is; `total` where it is known. Both are bytes, or lines where `label` is a program's. */
export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
}
