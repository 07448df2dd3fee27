import type { OptionKind, OptionValue } from './option-kinds.js';

/** One option of pinky.yml. docs/configuration.md is printed from this table, and a test keeps the two equal. */
export interface Option {
  /** Where it stands in pinky.yml; a dot is one level down. */
  readonly path: string;
  readonly kind: OptionKind;
  /** As it would be written in pinky.yml; absent: the option has no value unless it is set. */
  readonly default?: string;
  /** Smallest and largest value, in the kind's own notation. */
  readonly min?: string;
  readonly max?: string;
  /** Environment variable that says the same; it wins over pinky.yml. */
  readonly env?: string;
  /** Whether `pinky reload` and USR2 take a new value up; otherwise it holds until the next `pinky up`. */
  readonly isReloaded: boolean;
  readonly means: string;
}

export const options = [
  {
    path: 'box',
    kind: 'name',
    default: '1',
    isReloaded: false,
    means: "Name of the box in Redis keys, the queue's name and process titles.",
  },
  {
    path: 'servers',
    kind: 'path',
    default: '$PINKY_HOME/servers',
    env: 'SERVERS',
    isReloaded: false,
    means: 'Where each game server has its folder.',
  },
  {
    path: 'backups',
    kind: 'path',
    default: '$PINKY_HOME/backups',
    env: 'BACKUPS',
    isReloaded: true,
    means: 'Where backups go: `worlds/<id>/<id>.<unix seconds>.tar.lzo`.',
  },
  {
    path: 'funpacks',
    kind: 'paths',
    default: '$PINKY_HOME/funpacks, $PINKY_SHIPPED/funpacks',
    env: 'FUNPACKS_PATH',
    isReloaded: true,
    means:
      'Folders in which a funpack that is named without a path is looked for, in order. The variable separates them ' +
        'with `:`.',
  },
  {
    path: 'redis',
    kind: 'redis',
    env: 'PARTY_CLOUD_REDIS',
    isReloaded: false,
    means: 'Address of your own Redis. Without it Pinky runs a private one. `pinky up --redis` wins over both.',
  },
  {
    path: 'log_level',
    kind: 'level',
    default: 'info',
    isReloaded: true,
    means: 'Least severe record that is logged.',
  },
  {
    path: 'log_size',
    kind: 'size',
    default: '10 MiB',
    min: '64 KiB',
    isReloaded: true,
    means: "How long a log of the box's processes may become before it is rotated.",
  },
  {
    path: 'log_files',
    kind: 'integer',
    default: '5',
    min: '2',
    max: '1000',
    isReloaded: true,
    means: 'How many files of each log are kept, the current one among them: `workers.log`, `workers.log.0`, `.1` …',
  },
  {
    path: 'console_history',
    kind: 'size',
    default: '64 MiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      'How much of what a server has printed is kept in its `log/`, over all its runs; the oldest goes. It goes ' +
        'with the server at its stop.',
  },
  {
    path: 'ports.first',
    kind: 'integer',
    default: '10000',
    min: '1',
    max: '65535',
    isReloaded: true,
    means: 'First port of the pool.',
  },
  {
    path: 'ports.step',
    kind: 'integer',
    default: '100',
    min: '1',
    max: '65535',
    isReloaded: true,
    means: 'From one port of the pool to the next.',
  },
  {
    path: 'ports.count',
    kind: 'integer',
    default: '200',
    min: '1',
    max: '65535',
    isReloaded: true,
    means: 'How many ports the pool has; the last of them is at most 65535.',
  },
  {
    path: 'backup.interval',
    kind: 'duration',
    default: '15m',
    min: '1s',
    isReloaded: true,
    means: 'Between two backups of a persistent server that is up.',
  },
  {
    path: 'backup.keep',
    kind: 'integer',
    default: '10',
    min: '1',
    isReloaded: true,
    means: 'Backups that are kept of each server; older ones are removed.',
  },
  {
    path: 'backup.bucket',
    kind: 'text',
    env: 'BACKUP_BUCKET',
    isReloaded: true,
    means: 'S3 bucket for backups. Checked and kept; nothing is written to S3 yet.',
  },
  {
    path: 'events.cap',
    kind: 'integer',
    default: '100000',
    min: '1',
    isReloaded: true,
    means: 'Longest that the list `server:events` may become; the oldest events go.',
  },
  {
    path: 'events.unpublished_limit',
    kind: 'size',
    default: '256 MiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      "How much of a server's console may wait while Redis is away. Past it the oldest events go, an eighth of the " +
        "limit at a time, and an event `events_lost` says how many.",
  },
  {
    path: 'keep_answers',
    kind: 'duration',
    default: '24h',
    min: '1s',
    isReloaded: true,
    means:
      "How long the answers to a server's commands are kept once the server is no more, so that a command which " +
        "comes again is not obeyed again: longer than Redis may be away.",
  },
  {
    path: 'heartbeat_interval',
    kind: 'duration',
    default: '10s',
    min: '1s',
    max: '25s',
    isReloaded: true,
    means: 'Between two heartbeats of the box in Redis, whose key expires after 30 s.',
  },
  {
    path: 'worker.heartbeat_interval',
    kind: 'duration',
    default: '10s',
    min: '50ms',
    isReloaded: true,
    means: 'Between two heartbeats of a worker or the queue to the supervisor.',
  },
  {
    path: 'worker.heartbeat_timeout',
    kind: 'duration',
    default: '180s',
    min: '100ms',
    isReloaded: true,
    means:
      'Silence after which a worker or the queue counts as stalled and is replaced (HUP, and KILL 5 s later); its ' +
        'game stays. More than the interval.',
  },
  {
    path: 'worker.graceful_kill_timeout',
    kind: 'duration',
    default: '10m',
    min: '100ms',
    isReloaded: true,
    means: 'How long a child may take after TERM before the supervisor sends QUIT.',
  },
  {
    path: 'worker.immediate_kill_timeout',
    kind: 'duration',
    default: '10m',
    min: '100ms',
    isReloaded: true,
    means: 'How long a child may take after QUIT before the supervisor sends KILL.',
  },
  {
    path: 'crash_loop.limit',
    kind: 'integer',
    default: '5',
    min: '1',
    isReloaded: true,
    means: 'Crash score at which a server is `failed`; each crash adds one.',
  },
  {
    path: 'crash_loop.half_life',
    kind: 'duration',
    default: '60s',
    min: '1s',
    isReloaded: true,
    means: 'Time in which the crash score falls to half.',
  },
  {
    path: 'crash_loop.first_backoff',
    kind: 'duration',
    default: '500ms',
    min: '1ms',
    isReloaded: true,
    means: 'Pause before the second relaunch (the first is at once); doubled with each further crash, with jitter.',
  },
  {
    path: 'crash_loop.max_backoff',
    kind: 'duration',
    default: '30s',
    min: '1ms',
    isReloaded: true,
    means: 'Longest pause before a relaunch.',
  },
  {
    path: 'archives.max_size',
    kind: 'size',
    default: '16 GiB',
    min: '1 KiB',
    isReloaded: true,
    means: 'Largest that a funpack or world may be when unpacked.',
  },
  {
    path: 'archives.max_entries',
    kind: 'integer',
    default: '1000000',
    min: '1',
    isReloaded: true,
    means: 'Most files and folders in an archive.',
  },
  {
    path: 'archives.max_ratio',
    kind: 'integer',
    default: '1000',
    min: '2',
    isReloaded: true,
    means: 'How many times larger than the archive its content may be.',
  },
  {
    path: 'cache.unused_for',
    kind: 'duration',
    default: '30d',
    min: '1h',
    isReloaded: true,
    means:
      'How long an unpacked funpack, or what its bin/bootstrap fetched, stays in the cache while no server uses it.',
  },
  {
    path: 'cache.unused_size',
    kind: 'size',
    default: '10 GiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      'How much disk space all of that may take; the least recently used goes first. What was used within the last ' +
        'hour stays.',
  },
  {
    path: 'allowed_hosts',
    kind: 'hosts',
    default: '',
    isReloaded: true,
    means: 'Hosts from which funpacks and worlds may be fetched; empty: any.',
  },
  {
    path: 'aws.access_key',
    kind: 'secret',
    env: 'AWS_ACCESS_KEY',
    isReloaded: true,
    means: 'Access key for S3; together with the secret key. Checked and kept; nothing is written to S3 yet.',
  },
  {
    path: 'aws.secret_key',
    kind: 'secret',
    env: 'AWS_SECRET_KEY',
    isReloaded: true,
    means: 'Secret key for S3.',
  },
] as const satisfies readonly Option[];

type Listed = (typeof options)[number];

/** Every option's checked value, by its path. */
export type OptionValues = {
  readonly [O in Listed as O['path']]:
    OptionValue<O['kind']> | (O extends { readonly default: string } ? never : undefined);
};
