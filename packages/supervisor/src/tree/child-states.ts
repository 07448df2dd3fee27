/**
 * The states of a child. In `leaving`, `returning` (wanted again meanwhile) and `replacing` the process is still alive,
 * but was asked to leave.
 */
export const childStates = ['idle', 'running', 'leaving', 'returning', 'replacing', 'backingOff', 'failed'] as const;
export type ChildState = (typeof childStates)[number];

/**
 * The events of a child. An exit is classified before it is looked up, by `restart/exit-meaning.ts` and the restart
 * policy. `unwanted` is an exit, or the end of a pause, of a child that is no longer wanted (`ChildSpec.isWanted`).
 */
export const childEvents = [
  'start',
  'adopt',
  'stop',
  'replace',
  'done',
  'handedOver',
  'occupied',
  'crashed',
  'crashLoop',
  'unwanted',
  'backoffOver',
] as const;
export type ChildEvent = (typeof childEvents)[number];

/** The action on the way into a state. */
export type ChildAction = 'launch' | 'take' | 'ask' | 'wait' | 'rest';

export interface ChildTransition {
  readonly to: ChildState;
  readonly act: ChildAction;
}

const no = 'ignored';
const launch = { to: 'running', act: 'launch' } as const;
const take = { to: 'running', act: 'take' } as const;
const leave = { to: 'leaving', act: 'ask' } as const;
const replace = { to: 'replacing', act: 'ask' } as const;
const comeBack = { to: 'returning', act: 'rest' } as const;
const back = { to: 'backingOff', act: 'wait' } as const;
const rest = { to: 'idle', act: 'rest' } as const;
const fail = { to: 'failed', act: 'rest' } as const;

/** Every state × event pair. Only `ChildHandle` applies it. */
export const childTable: Readonly<Record<ChildState, Readonly<Record<ChildEvent, ChildTransition | typeof no>>>> = {
  idle: {
    start: launch,
    adopt: take,
    stop: no,
    replace: no,
    done: no,
    handedOver: no,
    occupied: no,
    crashed: no,
    crashLoop: no,
    unwanted: no,
    backoffOver: no,
  },
  running: {
    start: no,
    adopt: no,
    stop: leave,
    replace,
    done: rest,
    handedOver: launch,
    occupied: rest,
    crashed: back,
    crashLoop: fail,
    unwanted: rest,
    backoffOver: no,
  },
  leaving: {
    start: comeBack,
    adopt: no,
    stop: leave,
    replace: comeBack,
    done: rest,
    handedOver: rest,
    occupied: rest,
    crashed: rest,
    crashLoop: rest,
    unwanted: rest,
    backoffOver: no,
  },
  returning: {
    start: no,
    adopt: no,
    stop: leave,
    replace: no,
    done: launch,
    handedOver: launch,
    occupied: rest,
    crashed: launch,
    crashLoop: launch,
    unwanted: launch,
    backoffOver: no,
  },
  replacing: {
    start: no,
    adopt: no,
    stop: leave,
    replace,
    done: launch,
    handedOver: launch,
    occupied: rest,
    crashed: launch,
    crashLoop: launch,
    unwanted: rest,
    backoffOver: no,
  },
  backingOff: {
    start: launch,
    adopt: take,
    stop: rest,
    replace: launch,
    done: no,
    handedOver: no,
    occupied: no,
    crashed: no,
    crashLoop: no,
    unwanted: rest,
    backoffOver: launch,
  },
  failed: {
    start: launch,
    adopt: take,
    stop: rest,
    replace: launch,
    done: no,
    handedOver: no,
    occupied: no,
    crashed: no,
    crashLoop: no,
    unwanted: rest,
    backoffOver: no,
  },
};

/** The transition for `event`, or undefined if the table ignores it. */
export function childTransition(state: ChildState, event: ChildEvent): ChildTransition | undefined {
  const found = childTable[state][event];
  return found === no ? undefined : found;
}

/** Whether there is a process in this state. */
export const hasProcess: Readonly<Record<ChildState, boolean>> = {
  idle: false,
  running: true,
  leaving: true,
  returning: true,
  replacing: true,
  backingOff: false,
  failed: false,
};
