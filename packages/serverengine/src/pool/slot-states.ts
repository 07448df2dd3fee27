/**
 * What is true of one worker id: none wanted · one is to be started · its hooks run · it works · it was told to go ·
 * and to come back · it ended for good.
 */
export const slotStates = ['empty', 'due', 'starting', 'running', 'leaving', 'returning', 'over'] as const;
export type SlotState = (typeof slotStates)[number];

/**
 * An exit is classified before it is looked up: `endedForGood` is one with an unrecoverable code that nobody asked for.
 */
export const slotEvents = ['want', 'unwant', 'restart', 'go', 'started', 'ended', 'endedForGood'] as const;
export type SlotEvent = (typeof slotEvents)[number];

const no = 'ignored';

/**
 * Every state × event pair; `WorkerSlot` is the one place that applies it. A worker that is asked to go while it starts
 * is told as soon as it has.
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

/** States in which there is, or is about to be, a worker. */
export const isActive: Readonly<Record<SlotState, boolean>> = {
  empty: false,
  due: true,
  starting: true,
  running: true,
  leaving: true,
  returning: true,
  over: false,
};

/** The next state, or undefined where the table ignores the event. */
export function slotTransition(state: SlotState, event: SlotEvent): SlotState | undefined {
  const next = slotTable[state][event];
  return next === no ? undefined : next;
}
