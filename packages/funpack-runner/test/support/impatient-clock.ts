import { systemClock, type Clock } from '@pinky/protocol';

/** A clock whose sleeps end at once. It remembers how long they were meant to be. */
export function impatientClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => systemClock.now(),
    wallNow: () => 0,
    sleep: async (ms) => void slept.push(ms),
    rest: async (ms) => slept.push(ms) > 0,
    after: (ms, action) => {
      slept.push(ms);
      return systemClock.after(0, action);
    },
  };
}
