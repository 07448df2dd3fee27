/** How a state is shown: its colour is never alone. */
export interface StateSign {
  readonly sign: string;
  readonly colour: 'up' | 'busy' | 'bad' | 'quiet';
  /** Servers that need somebody come first in the list. */
  readonly rank: number;
}

const signs: Readonly<Record<string, StateSign>> = {
  failed: { sign: '■', colour: 'bad', rank: 0 },
  crashed: { sign: '▲', colour: 'bad', rank: 1 },
  preparing: { sign: '◔', colour: 'busy', rank: 2 },
  starting: { sign: '◐', colour: 'busy', rank: 2 },
  stopping: { sign: '◑', colour: 'busy', rank: 3 },
  up: { sign: '●', colour: 'up', rank: 4 },
  down: { sign: '○', colour: 'quiet', rank: 5 },
};

const unknown: StateSign = { sign: '?', colour: 'busy', rank: 2 };

export const signOf = (state: string): StateSign => signs[state] ?? unknown;

/** The one thing that is most likely wanted in a state. */
export function primaryAction(state: string): 'start' | 'stop' | 'cancel' {
  if (state === 'down' || state === 'failed' || state === 'stopping') return 'start';
  return state === 'preparing' || state === 'starting' ? 'cancel' : 'stop';
}
