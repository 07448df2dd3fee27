import { launchOptions } from './launch-options.js';
import type { Option } from './option.js';

/** Options of every server: its port, its limits, its backups, its place for events and answers. */
export const serverOptions = [
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
    means: 'Distance from one port of the pool to the next.',
  },
  {
    path: 'ports.count',
    kind: 'integer',
    default: '200',
    min: '1',
    max: '65535',
    isReloaded: true,
    means: 'Number of ports in the pool. The last one is at most 65535.',
  },
  {
    path: 'launches.at_once',
    kind: 'integer',
    default: '0',
    min: '0',
    isReloaded: true,
    means:
      'How many games may be starting at once; others wait for their turn. 0: as many as the cores carry, which is 2 ' +
        'for each core, or 8 while a core has nothing to do.',
  },
  {
    path: 'definitions.unused_for',
    kind: 'duration',
    default: '30d',
    min: '0',
    isReloaded: true,
    means:
      'How long to remember a server that is down. Then its definition and its history are removed, unless it has a ' +
        'world that no backup holds; its backups stay. Only the time in which the box runs counts. 0: for ever.',
  },
  ...launchOptions,
  {
    path: 'backup.interval',
    kind: 'duration',
    default: '15m',
    min: '1s',
    isReloaded: true,
    means: 'Time between two backups of a persistent server that is up.',
  },
  {
    path: 'backup.keep',
    kind: 'integer',
    min: '1',
    isReloaded: true,
    means: 'How many backups of each server to keep. Older ones are removed. Unset, `retention` says which are kept.',
  },
  {
    path: 'backup.time_limit',
    kind: 'duration',
    default: '1h',
    min: '1s',
    isReloaded: true,
    means: 'How long one backup may take. Then it is ended and has failed.',
  },
  {
    path: 'backup.format',
    kind: 'backupFormat',
    default: 'lzo',
    isReloaded: true,
    means:
      'How backups are packed. `zst` is smaller, and needs the program zstd; `gz` is slower. Versions of Pinky ' +
        'before this option find `lzo` only.',
  },
  {
    path: 'backup.incremental',
    kind: 'switch',
    default: 'yes',
    isReloaded: true,
    means:
      'Whether a backup holds only what has changed since the last full one. The last backup of a stop is a full ' +
        'one in any case. A world that has not changed costs no backup at all.',
  },
  {
    path: 'backup.full_every',
    kind: 'duration',
    default: '24h',
    min: '1s',
    isReloaded: true,
    means:
      'How old a full backup may become until the next one is full too. One is also made when more than half of the ' +
        'world has changed.',
  },
  {
    path: 'backup.bucket',
    kind: 'text',
    env: 'BACKUP_BUCKET',
    isReloaded: true,
    means: 'S3 bucket to which each backup is copied: short for `backup.store: s3://<bucket>`.',
  },
  {
    path: 'backup.store',
    kind: 'store',
    isReloaded: true,
    means:
      'Store to which each backup is copied: `s3://bucket/prefix`, a folder, or an http address that takes PUT. It ' +
        'takes precedence over the bucket.',
  },
  {
    path: 'backup.encrypt',
    kind: 'switch',
    default: 'no',
    isReloaded: true,
    means: "Whether new backups are encrypted with the box's newest key (`pinky backups key`).",
  },
  {
    path: 'parked.keep_for',
    kind: 'duration',
    default: '72h',
    min: '0',
    isReloaded: true,
    means:
      'How long the world of a stopped server stays parked after its backup was read back. A world that no verified ' +
        'backup holds stays, however long that is.',
  },
  {
    path: 'parked.max_size',
    kind: 'share',
    default: '10%',
    isReloaded: true,
    means:
      "How much of the servers' disk parked worlds may take whose backups were read back. The oldest are removed " +
        'first.',
  },
  {
    path: 'disk.reserve',
    kind: 'share',
    default: '5%',
    isReloaded: true,
    means:
      'Disk space that belongs to running games. A start, a download, a restore or a backup that is due is refused ' +
        'or put off (`no_space`) if it would take of that. As a share it is at least 2 GiB where the disk has 20. ' +
        '0: none.',
  },
  {
    path: 'events.cap',
    kind: 'integer',
    default: '100000',
    min: '1',
    isReloaded: true,
    means: 'Longest that the list `server:events` may become. The oldest events are removed.',
  },
  {
    path: 'events.unpublished_limit',
    kind: 'size',
    default: '256 MiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      "How much of a server's console may wait while Redis is away. Beyond this the oldest events are dropped, " +
        "an eighth of the limit at a time, and an event `events_lost` says how many.",
  },
  {
    path: 'keep_answers',
    kind: 'duration',
    default: '24h',
    min: '1s',
    isReloaded: true,
    means:
      "How long to keep the answers to a server's commands after the server is gone, so that a command that " +
        "comes again is not run again. Choose a time longer than Redis may be away.",
  },
] as const satisfies readonly Option[];
