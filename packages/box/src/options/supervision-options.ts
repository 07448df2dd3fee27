import type { Option } from './option.js';

/** Signs of life, and what happens to a process that hangs or crashes. */
export const supervisionOptions = [
  {
    path: 'heartbeat_interval',
    kind: 'duration',
    default: '10s',
    min: '1s',
    max: '25s',
    isReloaded: true,
    means:
      'Time between two heartbeats of the box in Redis. Their key expires after three times that.',
  },
  {
    path: 'worker.heartbeat_interval',
    kind: 'duration',
    default: '10s',
    min: '50ms',
    isReloaded: true,
    means: 'Time between two heartbeats from a worker or the queue to the supervisor.',
  },
  {
    path: 'worker.heartbeat_timeout',
    kind: 'duration',
    default: '180s',
    min: '100ms',
    isReloaded: true,
    means:
      'Silence after which a worker or the queue counts as stalled and is replaced (HUP, then KILL 5 s later). ' +
        'Its game keeps running. Must be longer than the interval.',
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
    path: 'worker.standby',
    kind: 'switch',
    default: 'yes',
    isReloaded: true,
    means:
      'Whether the launch after a crash is made ready ahead: while a game is up, the wrapper of its next run waits. ' +
        'A crashed game runs again in a fraction of the time. Each game needs 270 KB more.',
  },
  {
    path: 'crash_loop.limit',
    kind: 'integer',
    default: '5',
    min: '1',
    isReloaded: true,
    means: 'Crash score at which a server is `failed`. Each crash adds one.',
  },
  {
    path: 'crash_loop.half_life',
    kind: 'duration',
    default: '60s',
    min: '1s',
    isReloaded: true,
    means: 'Time in which the crash score falls by half.',
  },
  {
    path: 'crash_loop.first_backoff',
    kind: 'duration',
    default: '500ms',
    min: '1ms',
    isReloaded: true,
    means: 'Pause before the second relaunch; the first has none. It doubles with each further crash, with jitter.',
  },
  {
    path: 'crash_loop.max_backoff',
    kind: 'duration',
    default: '30s',
    min: '1ms',
    isReloaded: true,
    means: 'Longest pause before a relaunch.',
  },
] as const satisfies readonly Option[];
