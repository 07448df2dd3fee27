/** What is true of a game server now (DESIGN §4). */
export const serverStates = ['down', 'preparing', 'starting', 'up', 'stopping', 'crashed', 'failed'] as const;
export type ServerState = (typeof serverStates)[number];

/** What an operator asked for. Kept apart from the state: two facts, two fields. */
export type WantedState = 'up' | 'down';

/**
 * What can happen to a server. Exits are classified before they are looked up:
 * `exited` was asked for (or announced by the game itself), `crashed` was not, `crashLoop` is one crash too many.
 * `stopFailed`: the game is gone but its final backup could not be written; the world stays where it is.
 */
export const serverEvents = [
  'start',
  'launched',
  'started',
  'notReady',
  'startFailed',
  'stop',
  'exited',
  'crashed',
  'crashLoop',
  'backoffOver',
  'stopFailed',
] as const;
export type ServerEvent = (typeof serverEvents)[number];

const no = 'ignored';

/** Every state × event pair is decided here; `ignored` is a decision. The one place that applies it is the worker's. */
export const lifecycle: Readonly<Record<ServerState, Readonly<Record<ServerEvent, ServerState | typeof no>>>> = {
  down: {
    start: 'preparing',
    launched: no,
    started: no,
    notReady: no,
    startFailed: no,
    stop: no,
    exited: no,
    crashed: no,
    crashLoop: no,
    backoffOver: no,
    stopFailed: no,
  },
  preparing: {
    start: no,
    launched: 'starting',
    started: no,
    notReady: no,
    startFailed: 'failed',
    stop: 'stopping',
    exited: no,
    crashed: no,
    crashLoop: no,
    backoffOver: no,
    stopFailed: no,
  },
  starting: {
    start: no,
    launched: no,
    started: 'up',
    notReady: 'failed',
    startFailed: 'failed',
    stop: 'stopping',
    exited: 'down',
    crashed: 'crashed',
    crashLoop: 'failed',
    backoffOver: no,
    stopFailed: no,
  },
  up: {
    start: no,
    launched: no,
    started: no,
    notReady: no,
    startFailed: no,
    stop: 'stopping',
    exited: 'down',
    crashed: 'crashed',
    crashLoop: 'failed',
    backoffOver: no,
    stopFailed: no,
  },
  stopping: {
    start: no,
    launched: no,
    started: no,
    notReady: no,
    startFailed: no,
    stop: no,
    exited: 'down',
    crashed: 'down',
    crashLoop: 'down',
    backoffOver: no,
    stopFailed: 'failed',
  },
  crashed: {
    start: 'starting',
    launched: 'starting',
    started: no,
    notReady: no,
    startFailed: 'failed',
    stop: 'stopping',
    exited: no,
    crashed: no,
    crashLoop: 'failed',
    backoffOver: 'starting',
    stopFailed: no,
  },
  failed: {
    start: 'preparing',
    launched: no,
    started: no,
    notReady: no,
    startFailed: no,
    stop: 'stopping',
    exited: no,
    crashed: no,
    crashLoop: no,
    backoffOver: no,
    stopFailed: no,
  },
};

/** The state after `event`, or undefined where the table ignores it. */
export function nextState(state: ServerState, event: ServerEvent): ServerState | undefined {
  const next = lifecycle[state][event];
  return next === no ? undefined : next;
}

/** What `server:<id>:state` in Redis says; undefined where the key is gone (seed 000 knows starting, up, stopping). */
export const redisState: Readonly<Record<ServerState, 'starting' | 'up' | 'stopping' | undefined>> = {
  down: undefined,
  preparing: 'starting',
  starting: 'starting',
  up: 'up',
  stopping: 'stopping',
  crashed: 'starting',
  failed: undefined,
};
