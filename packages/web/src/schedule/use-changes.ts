import { useState } from 'preact/hooks';
import type { Box, Undo } from '../api/box.js';
import type { ChangeMethod } from '../api/client.js';
import { problemOf, type Problem } from '../api/problem.js';
import type { Schedule } from '../api/types.js';

/** A change of one schedule. */
export interface ScheduleChange {
  readonly words: string;
  readonly method: ChangeMethod;
  /** The path behind that of the schedule. */
  readonly end?: string;
  readonly body?: unknown;
  /** The terms of a new schedule that undoes it. */
  readonly undoneBy?: unknown;
}

/** A change that was refused, because somebody else had changed the schedule before. */
export interface RefusedChange {
  readonly change: ScheduleChange;
  readonly id: string;
}

interface Schedules {
  readonly box: Box;
  readonly serverId: string;
  /** The address of the schedules. */
  readonly path: string;
  /** Looks at them again. */
  readonly again: () => void;
}

/** Makes changes of schedules as they were shown here, and keeps the one that came too late. */
export function useChanges({ box, serverId, path, again }: Schedules) {
  const [problem, setProblem] = useState<Problem>();
  const [refused, setRefused] = useState<RefusedChange>();
  const settle = (work: Promise<unknown>, onProblem: (problem: Problem) => void = setProblem): Promise<boolean> =>
    work.then(
      () => {
        setProblem(undefined);
        setRefused(undefined);
        return true;
      },
      (failure: unknown) => {
        onProblem(problemOf(failure));
        return false;
      },
    ).finally(again);
  const add = (terms: unknown): Promise<boolean> =>
    settle(box.act(`Schedule on ${serverId}`, 'POST', path, terms));
  const change = ({ id, etag }: Schedule, wanted: ScheduleChange): Promise<boolean> => {
    const { words, method, end = '', body, undoneBy } = wanted;
    const undo: Undo | undefined = undoneBy === undefined
      ? undefined
      : { method: 'POST', path, body: undoneBy, onDone: again };
    const request = { method, path: `${path}/${id}${end}`, body, ifMatch: etag };
    const work = box.send(`${words} on ${serverId}`, request, () => undo);
    return settle(work, (found) => {
      if (found.code === 'changed_meanwhile') setRefused({ change: wanted, id });
      else setProblem(found);
    });
  };
  return { problem, refused, add, change, drop: () => setRefused(undefined) };
}
