/**
 * The checked configuration of a box. The command line reads it from pinky.yml and the environment, fills in the
 * defaults and writes it to `effective.json`; the other processes read that file. All times in milliseconds.
 */
export interface BoxConfig {
  /** Name of the box in keys, queue name and titles. Default `1`. */
  readonly box: string;
  /** `$PINKY_HOME`. */
  readonly home: string;
  /** The pinky.yml that was read; a reload reads it again. */
  readonly configFile?: string;
  /** Options that hold from one `pinky up` to the next and came from its command line or environment, by path. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** `$SERVERS`. Default `<home>/servers`. */
  readonly servers: string;
  /** `$BACKUPS`. Default `<home>/backups`. */
  readonly backups: string;
  /** `$FUNPACKS_PATH`: where a funpack that is named without a path is looked for. */
  readonly funpacks: readonly string[];
  /** Address of an own Redis (`redis://…`, `rediss://…`, `tcp:host:port`, a socket path); absent: a private one. */
  readonly redis?: string;
  /** Password of the private Redis; made at first start. */
  readonly redisPassword?: string;
  readonly logLevel: string;
  /**
   * How long a log may become before it is rotated, bytes, and how many files of it are kept. Absent: logs only grow.
   */
  readonly logSizeBytes?: number;
  readonly logFiles?: number;
  /** How much console history each server keeps, bytes. Default 64 MiB. */
  readonly consoleHistoryBytes?: number;
  readonly ports: { readonly first: number; readonly step: number; readonly count: number };
  readonly backup: {
    /** Between two backups of a persistent server. Default 15 minutes. */
    readonly intervalMs: number;
    /** How many backups of a server are kept; older ones are removed. Default 10. */
    readonly keep: number;
    /** `$BACKUP_BUCKET`: an S3 bucket. */
    readonly bucket?: string;
  };
  readonly events: {
    /** Longest that `server:events` may become; the oldest go. Default 100 000. */
    readonly cap: number;
    /**
     * Most of a server's console that may wait for Redis, bytes; past it the oldest events go, and `events_lost` says
     * how many. Default 256 MiB.
     */
    readonly unpublishedLimitBytes?: number;
  };
  /**
   * How long the answers to a server's commands are kept once the server is no more; then nothing of it is left.
   * Default 24 hours.
   */
  readonly keepAnswersMs?: number;
  readonly heartbeatIntervalMs: number;
  /** The supervisor's ladder towards its own children (not towards games). */
  readonly worker: {
    readonly heartbeatIntervalMs: number;
    readonly heartbeatTimeoutMs: number;
    readonly gracefulKillTimeoutMs: number;
    readonly immediateKillTimeoutMs: number;
  };
  readonly crashLoop: {
    /** Score at which it is a crash loop; each crash adds one. Default 5. */
    readonly limit: number;
    /** Time in which the score falls to half. Default 60 000. */
    readonly halfLifeMs: number;
    readonly firstBackoffMs: number;
    readonly maxBackoffMs: number;
  };
  readonly archives: { readonly maxBytes: number; readonly maxEntries: number; readonly maxRatio: number };
  /** How much of `cache/` may stay that no server uses, and how long. Absent where an older version wrote this. */
  readonly cache?: { readonly unusedForMs: number; readonly unusedBytes: number };
  /** Hosts from which funpacks and worlds may be fetched; empty: any. */
  readonly allowedHosts: readonly string[];
  /** `$AWS_ACCESS_KEY`, `$AWS_SECRET_KEY`. */
  readonly aws?: { readonly accessKey: string; readonly secretKey: string };
  readonly version: string;
}
