import type {
  BackupGaps,
  BackupResult,
  BoxConfig,
  CatalogueAnswer,
  CatalogueAsk,
  DiskShare,
  FetchedWorld,
  FetchSource,
  MaintenanceState,
  NamedPaths,
  Source,
} from '@pinky/protocol';
import type { BackupFormat } from '../catalogue/backup-names.js';
import type { LaunchContext } from '../launch/launch-context.js';
import type { ParkLimits } from '../park/park-limits.js';
import type { RetentionRule } from '../retention/retention-rule.js';
import type { FoundFunpack, SourceContext } from '../store/find-funpack.js';

/** The limits on unpacking: `archives` of the box's configuration. */
export type ArchiveLimits = BoxConfig['archives'];

/** A piece of heavy work, which a short-lived program of its own does. All of it is JSON. */
export type RunnerTask =
  | FetchTask
  | FetchWorldTask
  | RestoreTask
  | BootstrapTask
  | InstallTask
  | PatchTask
  | GiveTask
  | BackupTask
  | ReadBackTask
  | PruneTask
  | CatalogueTask
  | ByHandTask
  | MaintainTask;

/** Download, check and unpack a funpack. Answers as `findFunpack` does. */
export interface FetchTask extends SourceContext {
  readonly type: 'fetch';
  readonly source: FetchSource;
  readonly limits: ArchiveLimits;
}

/** Get the archive of a world into the cache, so that a restore needs no network. */
export interface FetchWorldTask extends Pick<SourceContext, 'cacheDir' | 'allowedHosts' | 's3'> {
  readonly type: 'fetchWorld';
  readonly source: FetchSource;
  readonly limits: ArchiveLimits;
}

/** Put a world in the place of the working folder. The old one stays until the new one is whole. */
export interface RestoreTask extends Pick<SourceContext, 'allowedHosts' | 's3'> {
  readonly type: 'restore';
  /** Where a world may have been fetched to. Absent: it is always fetched. */
  readonly cacheDir?: string;
  readonly source: Source;
  /** The server's `working/`. */
  readonly into: string;
  readonly limits: ArchiveLimits;
  /** `$BACKUPS`. The limits do not hold for what was backed up here. */
  readonly backupsDir?: string;
  /** Where backups are copied to. Neither do they hold for what comes back from there. */
  readonly store?: string;
  /** `$PINKY_HOME`, whose keys open what was sealed with them. */
  readonly boxHome?: string;
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
  /** The words that come before the program. Default: none. */
  readonly under?: readonly string[];
  /** The user that these words make of the program. Its files are taken from it when it has ended. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Default 30 minutes. */
  readonly timeoutMs?: number;
}

/** Run the install script, unless it has run for this server and funpack, and put its files into `working/`. */
export interface InstallTask {
  readonly type: 'install';
  readonly funpackDir: string;
  readonly digest: string;
  readonly context: LaunchContext;
  /** `$SERVERS`. */
  readonly servers: string;
  /** Folders of the box that the script must not see: `$PINKY_HOME`, `$SERVERS`, `$BACKUPS`. */
  readonly hidden: readonly string[];
  /** How much of the disk belongs to running games. The script is ended where it would take of that. */
  readonly reserve?: DiskShare;
}

/** Change the configuration files that a funpack does not write anew. */
export interface PatchTask {
  readonly type: 'patch';
  readonly funpackDir: string;
  readonly digest: string;
  readonly context: LaunchContext;
}

/** Give a folder, and all that is in it, to a user. */
export interface GiveTask {
  readonly type: 'give';
  readonly dir: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** Write an archive of the world to the folder of backups. */
export interface BackupTask {
  readonly type: 'backup';
  readonly serverId: string;
  readonly workingDir: string;
  /**
   * `bin/import` and the manifest in it say what belongs to the world. Absent: all of `working/`. With `isForced` they
   * only say which files hold secrets.
   */
  readonly funpackDir?: string;
  /** For the environment of `bin/import`. Needed where the funpack has that program. */
  readonly context?: LaunchContext;
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  /** How many backups of the server are kept. Absent: `retention` says which. Absent too: all. */
  readonly keep?: number;
  readonly retention?: RetentionRule;
  /** How the archive is packed. Default `lzo`, which every version reads. */
  readonly format?: BackupFormat;
  /** False: each backup is a full one. An unchanged world costs none in any case. */
  readonly incremental?: boolean;
  /** How old a full backup may become until the next one is full too, milliseconds. Default 1 day. */
  readonly fullEveryMs?: number;
  /** The last one of a stop: a full one, unless nothing has changed since the newest one and that is full. */
  readonly isFinal?: true;
  /** A full one in any case. */
  readonly isForced?: true;
  /** The game was ended by force in the midst of its end. */
  readonly isUnclean?: true;
  /** Where backups are copied to. One that is not there yet is not removed. */
  readonly store?: string;
  /** `$PINKY_HOME`, with whose newest key the archive is sealed. Absent: it is not sealed. */
  readonly sealFor?: string;
  /** The path of the folder for the game, where it lies elsewhere now: absolute links lead into it. */
  readonly linkRoot?: string;
}

/** Read a backup back, and write down that it is whole, or what is wrong with it. */
export interface ReadBackTask {
  readonly type: 'readBack';
  readonly backupsDir: string;
  readonly serverId: string;
  /** The address of the backup. */
  readonly url: string;
  /** `$PINKY_HOME`, whose keys open encrypted archives. */
  readonly boxHome?: string;
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

/** Answer a question about the backups of this box: the disk that they lie on may be slow, or hang. */
export interface CatalogueTask {
  readonly type: 'catalogue';
  /** `$BACKUPS`. */
  readonly backupsDir: string;
  /** `$PINKY_HOME`, whose keys open encrypted archives. */
  readonly boxHome?: string;
  readonly ask: CatalogueAsk;
}

/**
 * Work on the files of a server that somebody asked for. Each place is a path that goes on from an open folder, such as
 * `/proc/<pid>/fd/<fd>/.`: so nobody can put a link in its way. `to` must not be there. A folder is given to `owner`.
 * The result may have `mostBytes`: more is refused with `over_quota`.
 */
export interface ByHandTask {
  readonly type: 'byHand';
  readonly work:
    | {
      readonly op: 'copy';
      readonly from: string;
      readonly to: string;
      readonly owner?: GiveTask['owner'];
      readonly mostBytes?: number;
    }
    /** `names`: only these things in the folder. `exclude`: patterns of paths that are left out. */
    | {
      readonly op: 'archive';
      readonly from: string;
      readonly names?: readonly string[];
      readonly exclude?: readonly string[];
      readonly to: string;
      readonly format: BackupFormat;
      readonly mostBytes?: number;
    }
    | {
      readonly op: 'unpack';
      readonly archive: string;
      readonly to: string;
      readonly limits: ArchiveLimits;
      readonly mostBytes?: number;
      readonly owner?: GiveTask['owner'];
    };
}

/** One round of what is to be done about backups and belongs to no worker. It finds in files what that is. */
export interface MaintainTask
  extends Pick<SourceContext, 'allowedHosts' | 's3'>, Pick<BackupTask, 'keep' | 'retention'> {
  readonly type: 'maintain';
  /** `$PINKY_HOME`. */
  readonly home: string;
  /** `$SERVERS` and `$BACKUPS`. */
  readonly servers: string;
  readonly backupsDir: string;
  /** Where backups are copied to. Absent: they stay on the box. */
  readonly store?: string;
  /** How long parked worlds stay, and how many bytes they may take. Absent: they stay. */
  readonly parked?: Pick<ParkLimits, 'keepForMs' | 'maxBytes'>;
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
  /** `ran` is false where only the files were put in their place. */
  readonly install: { readonly ran: boolean };
  /** `changed` holds paths in `working/`. */
  readonly patch: { readonly changed: readonly string[] };
  /** `kept` holds the names of files that have another name outside, and stay whose they are. */
  readonly give: { readonly kept: readonly string[] };
  readonly backup: BackupResult & { readonly files: number };
  readonly readBack: Readonly<Record<never, never>>;
  readonly catalogue: CatalogueAnswer;
  readonly byHand: BackupGaps & { readonly files: number; readonly bytes: number };
  /** How much each part did, and what keeps it from being done, by its name. `waiting` is by server. */
  readonly maintain: {
    readonly done: Readonly<Record<string, number>>;
    readonly waiting: MaintenanceState['waiting'];
    readonly problems: MaintenanceState['problems'];
  };
  /** `removed` holds digests. */
  readonly prune: { readonly removed: readonly string[]; readonly freedBytes: number };
}

export type RunnerResult<T extends RunnerTask> = RunnerResults[T['type']];
