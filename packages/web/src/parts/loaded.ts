import { useCallback, useEffect, useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.js';

export interface Loaded<T> {
  readonly value?: T;
  readonly problem?: Problem;
  /** Asks again. */
  readonly again: () => void;
}

/** The answer of a request. It is asked again for other `keys`, and every `everyMs` where that is given. */
export function useLoaded<T>(load: () => Promise<T>, keys: readonly unknown[], everyMs?: number): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'again'>>({});
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let isCurrent = true;
    void load().then(
      (value) => isCurrent && setState({ value }),
      (failure: unknown) => isCurrent && setState((before) => ({ ...before, problem: problemOf(failure) })),
    );
    const timer = everyMs === undefined ? undefined : setTimeout(again, everyMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [...keys, round]);
  return { ...state, again };
}
