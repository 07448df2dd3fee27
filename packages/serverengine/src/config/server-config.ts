import type { LoggerOptions, ProcessLogger } from '@pinky/supervisor';

/** Where workers run. The README has a table of what each type can do. */
export type WorkerType = 'embedded' | 'thread' | 'process' | 'spawn';

/** Makes a process's logger (ServerEngine's `logger_class`). */
export type LoggerFactory = (options: LoggerOptions) => ProcessLogger;

/** Keys of your own reach server and workers unchanged. To reach a worker process they must be JSON. */
export interface OwnKeys {
  readonly [key: string]: unknown;
}

/**
 * A configuration as it is given. The keys are those of ServerEngine's manual. Its snake_case works too. Times are in
 * seconds, as in the manual. `null` and a missing key mean the default. Bad values and values out of range:
 * `bad_option`. Keys marked ↻ change with a reload (USR2, USR1 or HUP). The others keep their first value.
 */
export interface ServerConfig extends OwnKeys {
  /** Default `embedded`. */
  readonly workerType?: WorkerType | null;
  /** Becomes a daemon: a session of its own, no terminal, streams away. Default false. */
  readonly daemonize?: boolean | null;
  /** A daemon's pid file. Its directory must exist. Claimed under a lock, removed at exit. Default: none. */
  readonly pidPath?: string | null;
  /** A supervisor process above the server. Default false. */
  readonly supervisor?: boolean | null;
  /** Title of the top process: the supervisor, or the server if there is none. Default: unchanged. */
  readonly daemonProcessName?: string | null;
  /** The user to run as, by name or number. All its groups come along. Default: unchanged. */
  readonly chuser?: string | number | null;
  /** The primary group, by name or number. Default: the user's. */
  readonly chgroup?: string | number | null;
  /** The umask, 0 to 0o777. Default: unchanged. */
  readonly chumask?: number | null;
  /** Exit code if the program cannot become a daemon or another user. 0 to 255. Default 1. */
  readonly daemonizeErrorExitCode?: number | null;

  /** Title of the server process below a supervisor. Default: unchanged. */
  readonly serverProcessName?: string | null;
  /** USR1 and HUP replace the server process, and not only its workers. Default false. */
  readonly restartServerProcess?: boolean | null;
  /** INT makes a live restart. Default true, as in ServerEngine's manual. ServerEngine 2.4 itself has false. */
  readonly enableDetach?: boolean | null;
  /** After INT the supervisor leaves, and starts no new server. Default false. */
  readonly exitOnDetach?: boolean | null;
  /** Ignores USR2. Default false. */
  readonly disableReload?: boolean | null;
  /** The least time between two starts of the server. Seconds. Default 1. ↻ */
  readonly serverRestartWait?: number | null;
  /** Time for the old server of a live restart before the new one starts beside it. Seconds. Default 10. ↻ */
  readonly serverDetachWait?: number | null;
  /** Time between two heartbeats of the server. Seconds. Default 1. ↻ */
  readonly serverHeartbeatInterval?: number | null;
  /** Silence after which the server counts as stalled and is stopped. -1 means never. Seconds. Default 180. ↻ */
  readonly serverHeartbeatTimeout?: number | null;
  /** The server's ladder, like the workers'. Seconds. Defaults 15, 10, 600. ↻ */
  readonly serverGracefulKillInterval?: number | null;
  readonly serverGracefulKillIntervalIncrement?: number | null;
  readonly serverGracefulKillTimeout?: number | null;
  /** Seconds. Defaults 10, 10, 600. ↻ */
  readonly serverImmediateKillInterval?: number | null;
  readonly serverImmediateKillIntervalIncrement?: number | null;
  readonly serverImmediateKillTimeout?: number | null;
  /** How the supervisor reaches the server: by signals, or over the channel between them. Default `signal`. */
  readonly commandSender?: 'signal' | 'pipe' | null;

  /** The number of workers, 0 or more. Default 1. ↻ */
  readonly workers?: number | null;
  /** The least time between two starts of workers. Seconds. Default 0. ↻ */
  readonly startWorkerDelay?: number | null;
  /** The random part of that delay, 0 to 1. Default 0.2. ↻ */
  readonly startWorkerDelayRand?: number | null;
  /**
   * Time from a worker's end to its next start. Seconds. 0 means at once. Not given: at once the first time, then after
   * pauses that double up to 30 s while it keeps failing. ↻
   */
  readonly restartWorkerInterval?: number | null;
  /** Exit codes after which a worker is not started again. The last worker's is the server's own. Default []. */
  readonly unrecoverableExitCodes?: readonly number[] | null;
  /** Such an exit gracefully stops all other workers too. Default false. */
  readonly stopImmediatelyAtUnrecoverableExit?: boolean | null;

  /** Title of worker processes. Default: unchanged. ↻ */
  readonly workerProcessName?: string | null;
  /** Time between two heartbeats of a worker. Seconds. Default 1. ↻ */
  readonly workerHeartbeatInterval?: number | null;
  /** Silence after which a worker counts as stalled and is stopped. -1 means never. Seconds. Default 180. ↻ */
  readonly workerHeartbeatTimeout?: number | null;
  /** Pause between the first and the second TERM. Seconds. Default 15. ↻ */
  readonly workerGracefulKillInterval?: number | null;
  /** Added to that pause with each further TERM. Seconds. Default 10. ↻ */
  readonly workerGracefulKillIntervalIncrement?: number | null;
  /** From the first TERM to the first QUIT. -1 means never. Seconds. Default 600. ↻ */
  readonly workerGracefulKillTimeout?: number | null;
  /** Pause between the first and the second QUIT. Seconds. Default 10. ↻ */
  readonly workerImmediateKillInterval?: number | null;
  /** Added to that pause with each further QUIT. Seconds. Default 10. ↻ */
  readonly workerImmediateKillIntervalIncrement?: number | null;
  /** From the first QUIT to KILL. -1 means never. Seconds. Default 600. ↻ */
  readonly workerImmediateKillTimeout?: number | null;
  /** User, group and umask of worker processes, like `chuser` and so on. Default: unchanged. ↻ */
  readonly workerChuser?: string | number | null;
  readonly workerChgroup?: string | number | null;
  readonly workerChumask?: number | null;
  /** The signal that tells a spawned worker to reload, with or without `SIG`. Default: none. */
  readonly workerReloadSignal?: string | null;
  /**
   * Whether a server whose supervisor has died, and a worker process whose server has died, leave as on TERM, or stay.
   * Default `leave`. ↻
   */
  readonly atParentLoss?: 'leave' | 'stay' | null;
  /**
   * A folder (0700, made if need be) in which servers write down their workers of type process and spawn. A new server
   * takes over those that outlived a dead one: spawned programs, and worker processes with `atParentLoss: stay`.
   * Default: none.
   */
  readonly adoptDir?: string | null;
  /** Options of Node itself for worker processes, such as `--max-old-space-size=64`. Default: none. */
  readonly workerNodeOptions?: readonly string[] | null;

  /** A file, or `-` for standard output. Not given: standard error. ↻ */
  readonly log?: string | null;
  /** trace, debug, info, warn, error or fatal. Default debug. ↻ */
  readonly logLevel?: string | number | null;
  /** The number of files that are kept, or `daily`, `weekly`, `monthly`. Default 5. */
  readonly logRotateAge?: LoggerOptions['rotateGenerations'] | null;
  /** The size at which a log is rotated. Bytes. Default 1 048 576. */
  readonly logRotateSize?: number | null;
  /** Sends the processes' output to the log, unless the log is that stream itself. Default true. */
  readonly logStdout?: boolean | null;
  readonly logStderr?: boolean | null;
  /** `line`, `json` or `serverengine`. Default `line`. */
  readonly logFormat?: 'line' | 'json' | 'serverengine' | null;
  /**
   * The path of a module that exports a `LoggerFactory` as `createLogger`. Without worker processes and threads it may
   * be a function, such as this library's own `createLogger`, which stands on winston. Default: the same lines to the
   * same file, without winston.
   */
  readonly loggerClass?: string | LoggerFactory | null;
  /** No dump on CONT. Default false. ↻ */
  readonly disableSigdump?: boolean | null;
  /**
   * Runs a thread in each of our processes that watches for busy loops. A dump then shows their stack too. It costs 7.5
   * MB per process. Default false.
   */
  readonly dumpBusyLoops?: boolean | null;
}

type Given<T> = { readonly [K in keyof T as string extends K ? never : K]-?: T[K] };

/** Keys that have no value until one is given. */
type Optional =
  | 'pidPath'
  | 'daemonProcessName'
  | 'chuser'
  | 'chgroup'
  | 'chumask'
  | 'serverProcessName'
  | 'restartWorkerInterval'
  | 'workerProcessName'
  | 'workerChuser'
  | 'workerChgroup'
  | 'workerChumask'
  | 'workerReloadSignal'
  | 'adoptDir'
  | 'log'
  | 'loggerClass';

type Known = Given<ServerConfig>;

/** A configuration after the check: each known key has its camelCase name and a value. Times are in seconds. */
export type EffectiveConfig = { readonly [K in Exclude<keyof Known, Optional>]: NonNullable<Known[K]> } & {
  readonly [K in Optional]: Known[K];
} & OwnKeys;
