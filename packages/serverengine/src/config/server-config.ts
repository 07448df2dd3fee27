import type { ProcessLogger, LoggerOptions } from '@pinky/supervisor';

/** How workers are run; see the README's table of what each can do. */
export type WorkerType = 'embedded' | 'thread' | 'process' | 'spawn';

/** Makes the logger instead of `createLogger` (ServerEngine's `logger_class`). */
export type LoggerFactory = (options: LoggerOptions) => ProcessLogger;

/**
 * Keys of one's own are handed on to server and workers as they are. What must reach a worker process has to be JSON.
 */
export interface OwnKeys {
  readonly [key: string]: unknown;
}

/**
 * A configuration as it is given. The keys are the manual's (seed 004), also in its snake_case; times are in seconds,
 * as there.
 * `null` and a missing key mean the default. Bad values and values out of range: `bad_option`.
 * Keys marked ↻ take effect on a reload (USR2, USR1 or HUP); the others keep the value of the start.
 */
export interface ServerConfig extends OwnKeys {
  /** Default `embedded`. */
  readonly workerType?: WorkerType | null;
  /** Becomes a daemon: a session of its own, no terminal, streams away. Default false. */
  readonly daemonize?: boolean | null;
  /** Pid file of a daemon; its directory must exist. Claimed under a lock, removed at exit. Default: none. */
  readonly pidPath?: string | null;
  /** A supervisor process above the server. Default false. */
  readonly supervisor?: boolean | null;
  /** Title of the top process: the supervisor, or the server where there is none. Default: unchanged. */
  readonly daemonProcessName?: string | null;
  /** User (name or number) to run as; all of its groups come along. Default: unchanged. */
  readonly chuser?: string | number | null;
  /** Primary group (name or number). Default: the user's. */
  readonly chgroup?: string | number | null;
  /** 0 to 0o777. Default: unchanged. */
  readonly chumask?: number | null;
  /** Exit code where becoming a daemon, or another user, fails. 0 to 255. Default 1. */
  readonly daemonizeErrorExitCode?: number | null;

  /** Title of the server process below a supervisor. Default: unchanged. */
  readonly serverProcessName?: string | null;
  /** USR1 and HUP replace the server process, not only its workers. Default false. */
  readonly restartServerProcess?: boolean | null;
  /** INT makes a live restart. Default true, as the manual says (ServerEngine 2.4 itself: false). */
  readonly enableDetach?: boolean | null;
  /** After INT the supervisor leaves instead of starting a new server. Default false. */
  readonly exitOnDetach?: boolean | null;
  /** Ignores USR2. Default false. */
  readonly disableReload?: boolean | null;
  /** Least time between two starts of the server. Seconds. Default 1. ↻ */
  readonly serverRestartWait?: number | null;
  /** How long a live restart waits for the old server before the new one starts beside it. Seconds. Default 10. ↻ */
  readonly serverDetachWait?: number | null;
  /** Seconds. Default 1. ↻ */
  readonly serverHeartbeatInterval?: number | null;
  /** Silence after which the server counts as stalled and is stopped; -1: never. Seconds. Default 180. ↻ */
  readonly serverHeartbeatTimeout?: number | null;
  /** The server's ladder; as the workers'. Seconds. Defaults 15, 10, 600. ↻ */
  readonly serverGracefulKillInterval?: number | null;
  readonly serverGracefulKillIntervalIncrement?: number | null;
  readonly serverGracefulKillTimeout?: number | null;
  /** Seconds. Defaults 10, 10, 600. ↻ */
  readonly serverImmediateKillInterval?: number | null;
  readonly serverImmediateKillIntervalIncrement?: number | null;
  readonly serverImmediateKillTimeout?: number | null;
  /** How the supervisor tells the server: by signals, or over the channel between them. Default `signal`. */
  readonly commandSender?: 'signal' | 'pipe' | null;

  /** Number of workers; 0 or more. Default 1. ↻ */
  readonly workers?: number | null;
  /** Least time between two starts of workers. Seconds. Default 0. ↻ */
  readonly startWorkerDelay?: number | null;
  /** Part of that delay which is drawn at random, 0 to 1. Default 0.2. ↻ */
  readonly startWorkerDelayRand?: number | null;
  /**
   * Time from a worker's end to its next start. Seconds; 0: at once. Default (not given): at once the first time, then
   * pauses that double up to 30 s while it goes on failing. ↻
   */
  readonly restartWorkerInterval?: number | null;
  /**
   * Exit codes after which a worker is not started again; with the last worker the server ends with that code. Default
   * [].
   */
  readonly unrecoverableExitCodes?: readonly number[] | null;
  /** Such an exit stops all other workers, gracefully, too. Default false. */
  readonly stopImmediatelyAtUnrecoverableExit?: boolean | null;

  /** Title of worker processes. Default: unchanged. ↻ */
  readonly workerProcessName?: string | null;
  /** Seconds. Default 1. ↻ */
  readonly workerHeartbeatInterval?: number | null;
  /** Silence after which a worker counts as stalled and is stopped; -1: never. Seconds. Default 180. ↻ */
  readonly workerHeartbeatTimeout?: number | null;
  /** Pause between the first and the second TERM. Seconds. Default 15. ↻ */
  readonly workerGracefulKillInterval?: number | null;
  /** Added to that pause with each further TERM. Seconds. Default 10. ↻ */
  readonly workerGracefulKillIntervalIncrement?: number | null;
  /** From the first TERM to the first QUIT; -1: never. Seconds. Default 600. ↻ */
  readonly workerGracefulKillTimeout?: number | null;
  /** Pause between the first and the second QUIT. Seconds. Default 10. ↻ */
  readonly workerImmediateKillInterval?: number | null;
  /** Added to that pause with each further QUIT. Seconds. Default 10. ↻ */
  readonly workerImmediateKillIntervalIncrement?: number | null;
  /** From the first QUIT to KILL; -1: never. Seconds. Default 600. ↻ */
  readonly workerImmediateKillTimeout?: number | null;
  /** User, group and mask of worker processes, as `chuser` …. Default: unchanged. ↻ */
  readonly workerChuser?: string | number | null;
  readonly workerChgroup?: string | number | null;
  readonly workerChumask?: number | null;
  /** Signal that tells a spawned worker to reload, with or without `SIG`. Default: none. */
  readonly workerReloadSignal?: string | null;
  /**
   * What a server does whose supervisor died, and a worker process whose server died: `leave`, as on TERM, or `stay`.
   * Default `leave`. ↻
   */
  readonly atParentLoss?: 'leave' | 'stay' | null;
  /**
   * A folder in which servers write down their workers of type process and spawn, 0700, made if need be. A server that
   * starts takes over those that outlived a dead one: spawned programs, and worker processes with `atParentLoss: stay`.
   * Default: none.
   */
  readonly adoptDir?: string | null;
  /** Options of Node itself for worker processes, such as `--max-old-space-size=64`. Default: none. */
  readonly workerNodeOptions?: readonly string[] | null;

  /** A file; `-` for standard output; not given: standard error. ↻ */
  readonly log?: string | null;
  /** trace, debug, info, warn, error or fatal. Default debug. ↻ */
  readonly logLevel?: string | number | null;
  /** Rotated files that are kept, or `daily`, `weekly`, `monthly`. Default 5. */
  readonly logRotateAge?: LoggerOptions['rotateGenerations'] | null;
  /** Size at which a log is rotated. Bytes. Default 1 048 576. */
  readonly logRotateSize?: number | null;
  /** Sends what the processes print to the log, where that is not the stream itself. Default true. */
  readonly logStdout?: boolean | null;
  readonly logStderr?: boolean | null;
  /** `line`, `json` or `serverengine`. Default `line`. */
  readonly logFormat?: 'line' | 'json' | 'serverengine' | null;
  /**
   * Path of a module that exports a `LoggerFactory` as `createLogger`, or (not for worker processes and threads) a
   * function, such as this library's own `createLogger`, which stands on winston. Default: the same lines to the same
   * file without winston.
   */
  readonly loggerClass?: string | LoggerFactory | null;
  /** No dump on CONT. Default false. ↻ */
  readonly disableSigdump?: boolean | null;
  /**
   * Has a thread in each process of ours watch for busy loops, whose stack a dump then shows too; costs 7.5 MB. Default
   * false.
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

/** A configuration after the check: every known key by its camelCase name, defaults filled in; times in seconds. */
export type Effective = { readonly [K in Exclude<keyof Known, Optional>]: NonNullable<Known[K]> } & {
  readonly [K in Optional]: Known[K];
} & OwnKeys;
