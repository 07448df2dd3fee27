import type { BackupResult, BoxConfig, NamedPaths, Source } from '@pinky/protocol';
import type { LaunchContext } from '../launch/launch-context.js';
import type { FoundFunpack, SourceContext } from '../store/find-funpack.js';

/** The limits on unpacking: `archives` of the box's configuration. */
export type ArchiveLimits = BoxConfig['archives'];

/** A piece of heavy work, which a short-lived program of its own does. All of it is JSON. */
export type RunnerTask = FetchTask | RestoreTask | BootstrapTask | PrepareTask | BackupTask | PruneTask;

/** Download, check and unpack a funpack. Answers as `findFunpack` does. */
export interface FetchTask extends SourceContext {
  readonly type: 'fetch';
  readonly source: Source;
  readonly limits: ArchiveLimits;
}

/** Put a world in the place of the working folder. The old one stays until the new one is whole. */
export interface RestoreTask extends Pick<SourceContext, 'allowedHosts'> {
  readonly type: 'restore';
  readonly source: Source;
  /** The server's `working/`. */
  readonly into: string;
  readonly limits: ArchiveLimits;
  /** `$BACKUPS`. The limits do not hold for what was backed up here. */
  readonly backupsDir?: string;
}

/** Run `bin/bootstrap`, unless it has run for this funpack on this box before. */
export interface BootstrapTask {
  readonly type: 'bootstrap';
  readonly funpackDir: string;
  readonly digest: string;
  /** The folder to fill: `join(boxPaths(home).shared, digest)`. */
  readonly sharedDir: string;
  /** `HOME` of the program. */
  readonly home: string;
  /** Default 30 minutes. */
  readonly timeoutMs?: number;
}

/**
 * Write the datafile and the configuration files, and run `bin/prepare`. The worker may do that without a process of
 * its own.
 */
export interface PrepareTask {
  readonly type: 'prepare';
  readonly funpackDir: string;
  readonly digest: string;
  readonly context: LaunchContext;
  /** Default 5 minutes. */
  readonly timeoutMs?: number;
}

/** Write an archive of the world to the folder of backups. */
export interface BackupTask {
  readonly type: 'backup';
  readonly serverId: string;
  readonly workingDir: string;
  /** `bin/import` and the manifest in it say what belongs to the world. Absent: all of `working/`. */
  readonly funpackDir?: string;
  /** For the environment of `bin/import`. Needed where the funpack has that program. */
  readonly context?: LaunchContext;
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  /** How many backups of the server are kept. */
  readonly keep: number;
}

/** Remove from the cache what no server uses, as far as it is beyond the limits. */
export interface PruneTask extends Pick<SourceContext, 'cacheDir'> {
  readonly type: 'prune';
  /** `$SERVERS`. The funpacks of these servers are in use. */
  readonly servers: string;
  /** How long an unused entry stays, milliseconds. At least an hour. */
  readonly unusedForMs: number;
  /** How much disk space the unused entries may take. The least recently used go first. */
  readonly unusedBytes: number;
}

/** The answer of each task. */
export interface RunnerResults {
  readonly fetch: FoundFunpack;
  readonly restore: {
    readonly files: number;
    readonly bytes: number;
    /** Entries of unknown kinds, which are not unpacked. */
    readonly skipped?: NamedPaths;
    /** Entries that lost a bit or an attribute that no archive may give, such as set-user-id. */
    readonly stripped?: NamedPaths;
  };
  /** `ran` is false where the program had run before. */
  readonly bootstrap: { readonly ran: boolean };
  readonly prepare: { readonly ran: boolean };
  readonly backup: BackupResult & { readonly files: number };
  /** `removed` holds digests. */
  readonly prune: { readonly removed: readonly string[]; readonly freedBytes: number };
}

export type RunnerResult<T extends RunnerTask> = RunnerResults[T['type']];

/** How far a task is. `total` is absent where it is unknown. Both are bytes, or lines where `label` is a program's. */
export interface Progress {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
}
