import type { Option } from './option.js';

/** Options of each launch: the user and view of the game, and its limits. */
export const launchOptions = [
  {
    path: 'game.open_files',
    kind: 'integer',
    default: '1024',
    min: '64',
    max: '1048576',
    isReloaded: true,
    means:
      'How many files a game may have open (the soft limit; it may raise it to the hard one). Each launch takes the ' +
        'value of that moment. It is never above the hard limit of the box.',
  },
  {
    path: 'game.umask',
    kind: 'mask',
    default: '022',
    isReloaded: true,
    means:
      "The umask of games and of the funpacks' programs: permissions that their new files do not get. The umask of " +
        '`pinky up` has no say in it.',
  },
  {
    path: 'game.on_hang',
    kind: 'onHang',
    default: 'funpack',
    isReloaded: true,
    means:
      'The reaction to a game that hangs: it is silent, leaves its queries without an answer, and uses no ' +
        'processor or a whole one. `funpack`: what its funpack says, else a warning. `restart`: it is ended and ' +
        'launched again. `warn`: a warning, also where the funpack says more, so that you can look at it.',
  },
  {
    path: 'isolation',
    kind: 'isolation',
    isReloaded: true,
    means:
      'How games are kept apart. `user`: each has a user of its own, without privileges. `strict`: it also sees ' +
        'nothing but the system, its funpack and its own folder; a start that cannot have that is refused. Unset, it ' +
        'is the strictest that worked here when the home was made, and `none` in a home of an older version. A new ' +
        'value counts from the next start of a server; `pinky isolate --dry-run` tries it.',
  },
  {
    path: 'users.first',
    kind: 'integer',
    default: '65536',
    min: '1000',
    max: '2000000000',
    isReloaded: true,
    means: 'First uid of those that games are given. Two boxes on one machine should have different ones.',
  },
  {
    path: 'users.count',
    kind: 'integer',
    default: '34464',
    min: '1',
    max: '1000000',
    isReloaded: true,
    means: 'Number of uids that games are given.',
  },
  {
    path: 'users.name',
    kind: 'text',
    isReloaded: true,
    means:
      'A user of this machine that all isolated games run as, instead of one of their own. They can then reach each ' +
        'other. It is neither root nor a user to whom files of the box belong.',
  },
  {
    path: 'users.allowed',
    kind: 'users',
    default: '',
    isReloaded: true,
    means: 'Users of this machine that a funpack may name (`runAs`). A funpack that names another one is refused.',
  },
  {
    path: 'visible',
    kind: 'paths',
    isReloaded: true,
    means: 'Folders that games under `isolation: strict` may read besides the system, such as a Java in /srv.',
  },
  {
    path: 'limits.memory',
    kind: 'switch',
    default: 'yes',
    isReloaded: true,
    means:
      'Whether a game whose start gave `ram` may use no more memory than `ram.max`, a quarter of it, and ' +
        '`limits.memory_headroom`. A game without `ram` has no such limit.',
  },
  {
    path: 'limits.memory_headroom',
    kind: 'size',
    default: '512 MiB',
    min: '0',
    isReloaded: true,
    means: 'Memory that the limit allows beside `ram.max` and a quarter of it.',
  },
  {
    path: 'limits.processes',
    kind: 'integer',
    default: '4096',
    min: '0',
    max: '4194304',
    isReloaded: true,
    means: 'How many processes and threads a game may have. 0: no limit.',
  },
  {
    path: 'limits.cpu_weight',
    kind: 'integer',
    default: '100',
    min: '1',
    max: '10000',
    isReloaded: true,
    means: "A game's share of the processors while they are short, in proportion to those of others.",
  },
  {
    path: 'limits.cpu_quota',
    kind: 'integer',
    default: '0',
    min: '0',
    max: '100000',
    isReloaded: true,
    means: 'How much processor time a game may take, in percent of one processor: 200 are two. 0: no limit.',
  },
  {
    path: 'limits.oom_score',
    kind: 'integer',
    default: '300',
    min: '0',
    max: '1000',
    isReloaded: true,
    means:
      'The `oom_score_adj` of games: a machine without memory ends one of them before it ends Pinky or Redis. It is ' +
        'never below that of the box.',
  },
  {
    path: 'limits.open_files',
    kind: 'integer',
    default: '524288',
    min: '0',
    max: '1073741816',
    isReloaded: true,
    means:
      'How many files a game may have open at most (the hard limit), whatever it raises its own limit to. It is ' +
        'never above that of the box, and never below `game.open_files`. 0: that of the box.',
  },
  {
    path: 'limits.disk',
    kind: 'size',
    min: '1 MiB',
    isReloaded: true,
    means:
      'How much disk space the files of a server may take. An upload, a copy, an archive or its unpacking beyond it ' +
        'is refused (`over_quota`). The own writing of the game counts, and the game itself is not held to it.',
  },
] as const satisfies readonly Option[];
