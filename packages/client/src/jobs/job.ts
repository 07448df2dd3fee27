import type { components } from '@pinky/client/api';
import { BoxProblem } from '../requests/problem.js';

/** A change that the box makes, with its state and progress. */
export type Job = components['schemas']['Job'];

export const isOver = ({ state }: Job): boolean => state === 'done' || state === 'failed';

/** The result of a job that is over. Throws its failure as a `BoxProblem`. */
export function resultOf({ id, error, result }: Job): unknown {
  if (!error) return result ?? {};
  const { code, message, remedy } = error;
  throw new BoxProblem({ code, detail: message, remedy, jobId: id });
}
