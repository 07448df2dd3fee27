import type { DiskShare } from './disk-share.js';

/**
 * The checked configuration of a box. The supervisor reads pinky.yml and the environment, fills in the defaults and
 * writes the result to `effective.json`, which the other processes read. All times are in milliseconds.
 */
export interface BoxConfig {
  /** The name of the box in keys, queue name and titles. Default `1`. */
  readonly box: string;
  /** `$PINKY_HOME`. */
  readonly home: string;
  /** The pinky.yml that was read. A reload reads it again. */
  readonly configFile?: string;
  /** Options from the command line or environment of `pinky up`, by path. They hold until the next `pinky up`. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** `$SERVERS`. Default `<home>/servers`. */
  readonly servers: string;
  /** `$BACKUPS`. Default `<home>/backups`. */
  readonly backups: string;
  /** `$FUNPACKS_PATH`: the folders in which a funpack that is named without a path is looked for. */
  readonly funpacks: readonly string[];
  /**
   * Address of an own Redis: `redis://…`, `rediss://…`, `redis+sentinel://…`, `tcp:host:port` or a socket path. Absent:
   * a private Redis.
   */
  readonly redis?: string;
  /** Files and name for TLS to an own Redis. The files are read at each connection. */
  readonly redisTls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly serverName?: string;
  };
  /** Password of the private Redis, made at the first start. */
  readonly redisPassword?: string;
  /** `pinky up --no-start`: what was wanted up and does not run stays down. It holds until the next `pinky up`. */
  readonly areStartsHeld?: boolean;
  readonly logLevel: string;
  /**
   * How large a log may become before it is rotated, bytes, and how many of its files are kept. Absent: logs only grow.
   */
  readonly logSizeBytes?: number;
  readonly logFiles?: number;
  /** How much console history each server keeps, bytes. Default 64 MiB. */
  readonly consoleHistoryBytes?: number;
  /** Every game begins with this. Absent where an older version wrote this file. */
  readonly game?: {
    /** The soft limit of open files. Node raises its own to the hard limit, and a game would inherit that. */
    readonly openFiles: number;
    /** Octal digits. */
    readonly umask: string;
    /** The reaction to a game that hangs. Absent where an older version wrote this file: as its funpack says. */
    readonly onHang?: 'funpack' | 'restart' | 'warn';
  };
  /** How games are kept apart from the machine and from each other. Absent where an older version wrote this file. */
  readonly isolation?: {
    readonly kind: 'none' | 'user' | 'strict';
    /** The operator by pinky.yml, or Pinky when it made the home. Absent: nobody, as in a home of an older version. */
    readonly chosenBy?: 'operator' | 'home';
    /** Why Pinky has not chosen a stricter one for the home. */
    readonly because?: string;
    /** The users that games are given. */
    readonly users: {
      readonly first: number;
      readonly count: number;
      /** The user of this machine that all games run as instead. */
      readonly name?: string;
      /** The users of this machine that a funpack may name. */
      readonly allowed?: readonly string[];
    };
    /** Folders that a strict game may read besides. */
    readonly visible: readonly string[];
  };
  /** The limits of each game, by cgroups. Absent where an older version wrote this file: games have none. */
  readonly limits?: {
    /** Whether a game whose start gave `ram` gets a memory limit. */
    readonly hasMemory: boolean;
    /** The limit allows so much beside `ram.max` and a quarter of it, bytes. */
    readonly headroomBytes: number;
    /** Processes and threads of one game; 0: no limit. */
    readonly processes: number;
    readonly cpuWeight: number;
    /** Percent of one processor; 0: no limit. */
    readonly cpuQuotaPercent: number;
    /** The hard limit of open files; 0 or absent: that of the box. */
    readonly openFiles?: number;
    /** The `oom_score_adj` of games. */
    readonly oomScore: number;
    /** Disk space that the files of one server may take, where somebody changes them by hand. Absent: no limit. */
    readonly diskBytes?: number;
  };
  readonly ports: { readonly first: number; readonly step: number; readonly count: number };
  /** How many games may be starting at once; 0 or absent: as many as the cores carry. */
  readonly launches?: { readonly atOnce: number };
  /** How long a server that is down is remembered; 0 for ever. Absent where an older version wrote this file. */
  readonly definitions?: { readonly unusedForMs: number };
  readonly backup: {
    /** The time between two backups of a persistent server. Default 15 minutes. */
    readonly intervalMs: number;
    /** How many backups of a server are kept. Absent: `retention` says which. */
    readonly keep?: number;
    /** How long one backup may take. Default 1 hour. Absent where an older version wrote this file. */
    readonly timeLimitMs?: number;
    /** How archives are packed. Default `lzo`. Absent where an older version wrote this file, as the next two. */
    readonly format?: 'lzo' | 'zst' | 'gz';
    /** Whether backups between two full ones hold only what has changed. Default true. */
    readonly isIncremental?: boolean;
    /** How old a full backup may become until the next one is full too. Default 1 day. */
    readonly fullEveryMs?: number;
    /** `$BACKUP_BUCKET`: an S3 bucket to which each backup is copied, unless `store` names another place. */
    readonly bucket?: string;
    /** Where each backup is copied to: an `s3:`, `file:`, `http:` or `https:` address, or the path of a folder. */
    readonly store?: string;
    /** New backups are encrypted with the box's newest key. */
    readonly isEncrypted?: boolean;
  };
  /** How long backups are kept, where `backup.keep` says no number. Absent where an older version wrote this file. */
  readonly retention?: {
    /** Everything is kept so long. */
    readonly allMs: number;
    /** So many of the newest are kept in any case. */
    readonly newest: number;
    /** Then one an hour is kept until this age, one a day, a week, a month. */
    readonly hourlyMs: number;
    readonly dailyMs: number;
    readonly weeklyMs: number;
    readonly monthlyMs: number;
    /** How much the backups of one server may take. The oldest go, but none of the newest. Absent: no limit. */
    readonly maxBytes?: number;
  };
  /**
   * How long the world of a stopped server stays parked whose backup was read back, and how much disk all of them may
   * take. Absent where an older version wrote this file: they stay.
   */
  readonly parked?: { readonly keepForMs: number; readonly maxSize: DiskShare };
  /** Disk space that belongs to running games: nothing new takes it. Absent where an older version wrote this file. */
  readonly disk?: { readonly reserve: DiskShare };
  readonly events: {
    /** How many events `server:events` may hold. The oldest go. Default 100 000. */
    readonly cap: number;
    /**
     * How much of a server's console may wait for Redis, bytes. Beyond it the oldest events go, and `events_lost` says
     * how many. Default 256 MiB.
     */
    readonly unpublishedLimitBytes?: number;
  };
  /**
   * How long the answers to a server's commands are kept after the server is gone. Then nothing of it is left. Default
   * 24 hours.
   */
  readonly keepAnswersMs?: number;
  readonly heartbeatIntervalMs: number;
  /** The supervisor's ladder towards its own children (not towards games). */
  readonly worker: {
    readonly heartbeatIntervalMs: number;
    readonly heartbeatTimeoutMs: number;
    readonly gracefulKillTimeoutMs: number;
    readonly immediateKillTimeoutMs: number;
    /** While a game is up, its next launch waits. Absent where an older version wrote this file: none does. */
    readonly hasStandby?: boolean;
  };
  readonly crashLoop: {
    /** The score that makes a crash loop. Each crash adds one. Default 5. */
    readonly limit: number;
    /** The time in which the score falls to half. Default 60 000. */
    readonly halfLifeMs: number;
    readonly firstBackoffMs: number;
    readonly maxBackoffMs: number;
  };
  readonly archives: { readonly maxBytes: number; readonly maxEntries: number; readonly maxRatio: number };
  /** How much of `cache/` may stay unused, and how long. Absent where an older version wrote this file. */
  readonly cache?: { readonly unusedForMs: number; readonly unusedBytes: number };
  /** Hosts from which funpacks and worlds may be fetched. Empty: any host. */
  readonly allowedHosts: readonly string[];
  /** Names for sets of boxes, to which packs can be distributed. Absent where an older version wrote this file. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** How to speak to S3. Absent where an older version wrote this file. */
  readonly s3?: { readonly endpoint?: string; readonly region: string; readonly isPathStyle?: boolean };
  /** `$AWS_ACCESS_KEY`, `$AWS_SECRET_KEY` or the standard names, and `$AWS_SESSION_TOKEN`. */
  readonly aws?: { readonly accessKey: string; readonly secretKey: string; readonly sessionToken?: string };
  /** The HTTP API. Absent where an older version wrote this file: then it does not run. */
  readonly api?: ApiConfig;
  /** How webhooks go out. Absent where an older version wrote this file: then the defaults count. */
  readonly webhooks?: WebhooksConfig;
  readonly version: string;
}

/** How webhooks go out. */
export interface WebhooksConfig {
  /** Addresses, networks (`10.0.0.0/8`) and host names inside the own network that may be called all the same. */
  readonly allowedNetworks: readonly string[];
  /** The pause after the first failed try. All later pauses grow from it. Default 5 000. */
  readonly firstPauseMs: number;
}

/** How the box is reached over HTTP. */
export interface ApiConfig {
  readonly isEnabled: boolean;
  readonly host: string;
  readonly port: number;
  /** Names by which it may be called, besides its own address and the names of the loopback. */
  readonly hosts: readonly string[];
  /** Whether these are answered without a token. */
  readonly isMetricsOpen: boolean;
  readonly areDocsOpen: boolean;
  /** Files in PEM. Without them it speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Addresses of proxies whose word about a caller's address is believed. */
  readonly trustedProxies: readonly string[];
  /** Longest body of a request that is no upload, and longest upload, bytes. */
  readonly bodyBytes: number;
  readonly uploadBytes: number;
  /** Wrong tokens from one address within a minute, after which it has to wait. */
  readonly failuresPerMinute: number;
}
