/** The truth about a game server now (docs/states.md). */
export const serverStates = ['down', 'preparing', 'starting', 'up', 'stopping', 'crashed', 'failed'] as const;
export type ServerState = (typeof serverStates)[number];

/** The wish of an operator. It is kept apart from the state: two facts, two fields. */
export type WantedState = 'up' | 'down';

/**
 * The events that can happen to a server. Exits are classified before they are looked up: `exited` was asked for,
 * `crashed` was not, `crashLoop` is one crash too many. An exit that the game announced begins a `stop`. `start` means
 * that everything is prepared first; a relaunch of what is prepared already begins with `launched`. `stopFailed`: the
 * game is gone but could not be cleared away, above all because its final backup failed; the world stays where it is.
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
  'stopFailed',
] as const;
export type ServerEvent = (typeof serverEvents)[number];

const no = 'ignored';

/**
 * Every state × event pair is decided here; `ignored` is a decision. One place applies it, in the worker, and a test
 * there reaches every state that is named here.
 */
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
    stopFailed: no,
  },
  starting: {
    start: no,
    launched: no,
    started: 'up',
    notReady: 'failed',
    startFailed: 'failed',
    stop: 'stopping',
    exited: no,
    crashed: 'crashed',
    crashLoop: 'failed',
    stopFailed: 'failed',
  },
  up: {
    start: no,
    launched: no,
    started: no,
    notReady: no,
    startFailed: no,
    stop: 'stopping',
    exited: no,
    crashed: 'crashed',
    crashLoop: 'failed',
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
    crashed: no,
    crashLoop: no,
    stopFailed: 'failed',
  },
  crashed: {
    start: 'preparing',
    launched: 'starting',
    started: no,
    notReady: no,
    startFailed: no,
    stop: 'stopping',
    exited: no,
    crashed: no,
    crashLoop: 'failed',
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
    stopFailed: no,
  },
};

/** The state after `event`, or undefined if the table ignores it. */
export function nextState(state: ServerState, event: ServerEvent): ServerState | undefined {
  const next = lifecycle[state][event];
  return next === no ? undefined : next;
}

/** The text of `server:<id>:state` in Redis: starting, up or stopping. Undefined while there is no such key. */
export const redisState: Readonly<Record<ServerState, 'starting' | 'up' | 'stopping' | undefined>> = {
  down: undefined,
  preparing: 'starting',
  starting: 'starting',
  up: 'up',
  stopping: 'stopping',
  crashed: 'starting',
  failed: undefined,
};
