import type { BackupResult, BoxConfig, FetchedWorld, NamedPaths, Source } from '@pinky/protocol';
import type { LaunchContext } from '../launch/launch-context.js';
import type { FoundFunpack, SourceContext } from '../store/find-funpack.js';

/** The limits on unpacking: `archives` of the box's configuration. */
export type ArchiveLimits = BoxConfig['archives'];

/** A piece of heavy work, which a short-lived program of its own does. All of it is JSON. */
export type RunnerTask =
  FetchTask | FetchWorldTask | RestoreTask | BootstrapTask | PatchTask | BackupTask | PruneTask;

/** Download, check and unpack a funpack. Answers as `findFunpack` does. */
export interface FetchTask extends SourceContext {
  readonly type: 'fetch';
  readonly source: Source;
  readonly limits: ArchiveLimits;
}

/** Get the archive of a world into the cache, so that a restore needs no network. */
export interface FetchWorldTask extends Pick<SourceContext, 'cacheDir' | 'allowedHosts'> {
  readonly type: 'fetchWorld';
  readonly source: Source;
  readonly limits: ArchiveLimits;
}

/** Put a world in the place of the working folder. The old one stays until the new one is whole. */
export interface RestoreTask extends Pick<SourceContext, 'allowedHosts'> {
  readonly type: 'restore';
  /** Where a world may have been fetched to. Absent: it is always fetched. */
  readonly cacheDir?: string;
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

/** Change the configuration files that a funpack does not write anew. */
export interface PatchTask {
  readonly type: 'patch';
  readonly funpackDir: string;
  readonly digest: string;
  readonly context: LaunchContext;
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
  /** The folder of the box's definitions. The funpacks of servers that are down are in use too. */
  readonly definitions?: string;
  /** How long an unused entry stays, milliseconds. At least an hour. */
  readonly unusedForMs: number;
  /** How much disk space the unused entries may take. The least recently used go first. */
  readonly unusedBytes: number;
}

/** The answer of each task. */
export interface RunnerResults {
  readonly fetch: FoundFunpack;
  readonly fetchWorld: FetchedWorld;
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
  /** `changed` holds paths in `working/`. */
  readonly patch: { readonly changed: readonly string[] };
  readonly backup: BackupResult & { readonly files: number };
  /** `removed` holds digests. */
  readonly prune: { readonly removed: readonly string[]; readonly freedBytes: number };
}

export type RunnerResult<T extends RunnerTask> = RunnerResults[T['type']];
