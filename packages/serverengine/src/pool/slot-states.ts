/**
 * The states of one worker id. `empty`: no worker is wanted. `due`: one must be started. `starting`: its hooks run.
 * `running`: it works. `leaving`: it was asked to leave. `returning`: it was asked to leave, and another one must
 * follow. `over`: it ended for good.
 */
export const slotStates = ['empty', 'due', 'starting', 'running', 'leaving', 'returning', 'over'] as const;
export type SlotState = (typeof slotStates)[number];

/** An exit is classified before it is looked up. `endedForGood` is one by itself, with an unrecoverable code. */
export const slotEvents = ['want', 'unwant', 'restart', 'go', 'started', 'ended', 'endedForGood'] as const;
export type SlotEvent = (typeof slotEvents)[number];

const no = 'ignored';

/**
 * Every state × event pair. Only `WorkerSlot` applies it. A worker that is asked to leave while it starts is told so as
 * soon as it has started.
 */
export const slotTable: Readonly<Record<SlotState, Readonly<Record<SlotEvent, SlotState | typeof no>>>> = {
  empty: {
    want: 'due',
    unwant: no,
    restart: no,
    go: no,
    started: no,
    ended: no,
    endedForGood: no,
  },
  due: {
    want: no,
    unwant: 'empty',
    restart: 'due',
    go: 'starting',
    started: no,
    ended: no,
    endedForGood: no,
  },
  starting: {
    want: no,
    unwant: 'leaving',
    restart: no,
    go: no,
    started: 'running',
    ended: 'due',
    endedForGood: 'over',
  },
  running: {
    want: no,
    unwant: 'leaving',
    restart: 'returning',
    go: no,
    started: no,
    ended: 'due',
    endedForGood: 'over',
  },
  leaving: {
    want: 'returning',
    unwant: 'leaving',
    restart: no,
    go: no,
    started: 'leaving',
    ended: 'empty',
    endedForGood: 'empty',
  },
  returning: {
    want: no,
    unwant: 'leaving',
    restart: 'returning',
    go: no,
    started: 'returning',
    ended: 'due',
    endedForGood: 'due',
  },
  over: {
    want: no,
    unwant: 'empty',
    restart: 'due',
    go: no,
    started: no,
    ended: no,
    endedForGood: no,
  },
};

/** Whether there is a worker, or will soon be one. */
export const isActive: Readonly<Record<SlotState, boolean>> = {
  empty: false,
  due: true,
  starting: true,
  running: true,
  leaving: true,
  returning: true,
  over: false,
};

/** The next state, or undefined if the table ignores the event. */
export function slotTransition(state: SlotState, event: SlotEvent): SlotState | undefined {
  const next = slotTable[state][event];
  return next === no ? undefined : next;
}
