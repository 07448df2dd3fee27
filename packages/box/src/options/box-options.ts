import type { Option } from './option.js';

/** The box itself: its name, its folders, its Redis, its logs. */
export const boxOptions = [
  {
    path: 'box',
    kind: 'name',
    default: '1',
    isReloaded: false,
    means: "Name of the box. It appears in Redis keys, in the queue's name and in process titles.",
  },
  {
    path: 'servers',
    kind: 'path',
    default: '$PINKY_HOME/servers',
    env: 'SERVERS',
    isReloaded: false,
    means: 'Folder that holds one folder for each game server. It belongs to one home: `up` and `upgrade` refuse ' +
      'that of another.',
  },
  {
    path: 'backups',
    kind: 'path',
    default: '$PINKY_HOME/backups',
    env: 'BACKUPS',
    isReloaded: true,
    means: 'Folder for backups: `worlds/<id>/<id>.<unix seconds>.tar.lzo`.',
  },
  {
    path: 'funpacks',
    kind: 'paths',
    default: '$PINKY_HOME/funpacks, $PINKY_SHIPPED/funpacks',
    env: 'FUNPACKS_PATH',
    isReloaded: true,
    means:
      'Folders to search, in this order, for a funpack that is named without a path. In the variable they are ' +
        'separated by `:`.',
  },
  {
    path: 'redis',
    kind: 'redis',
    env: 'PARTY_CLOUD_REDIS',
    isReloaded: false,
    means:
      'Address of your own Redis. Without one, Pinky runs a private Redis. `pinky up --redis` takes precedence ' +
        'over this and the variable.',
  },
  {
    path: 'redis_tls.ca',
    kind: 'path',
    isReloaded: true,
    means:
      'File with the authorities (PEM) that may have signed the certificate of your own Redis, in place of those ' +
        'that Node knows. Files of `redis_tls` are read at each connection, so renewed ones need no restart.',
  },
  {
    path: 'redis_tls.cert',
    kind: 'path',
    isReloaded: true,
    means: "File with the box's own certificate (PEM), for a Redis that asks for one. Set it together with the key.",
  },
  {
    path: 'redis_tls.key',
    kind: 'path',
    isReloaded: true,
    means: "File with the key (PEM) of the box's own certificate.",
  },
  {
    path: 'redis_tls.server_name',
    kind: 'text',
    isReloaded: true,
    means: 'Name that must be in the certificate of Redis, where it is not the name in the address.',
  },
  {
    path: 'log_level',
    kind: 'level',
    default: 'info',
    isReloaded: true,
    means: 'Least severe level that is logged.',
  },
  {
    path: 'log_size',
    kind: 'size',
    default: '10 MiB',
    min: '64 KiB',
    isReloaded: true,
    means: "Size at which a log of the box's processes is rotated.",
  },
  {
    path: 'log_files',
    kind: 'integer',
    default: '5',
    min: '2',
    max: '1000',
    isReloaded: true,
    means: 'How many files to keep of each log, including the current one: `workers.log`, `workers.log.0`, `.1` …',
  },
  {
    path: 'console_history',
    kind: 'size',
    default: '64 MiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      'How much console output to keep of a server, across all its runs: in its `log/`, and in `history/` after a ' +
        'stop. The oldest output is removed first.',
  },
] as const satisfies readonly Option[];
