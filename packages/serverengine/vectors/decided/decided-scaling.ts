import type { RunDecision } from './run-decision.js';
import type { Observed, RunCase } from '../runs/run-case.js';
import { changed, signals, workerType } from '../runs/run-facts.js';

const firstCount = (c: RunCase): number => c.config.workers ?? 1;
/** The number of workers that each change of the configuration asks for, in order. */
const counts = (c: RunCase): readonly number[] =>
  c.script.filter(({ set }) => set?.['workers'] !== undefined).map(({ set }) => Number(set?.['workers']));
const lowest = (c: RunCase): number => Math.min(firstCount(c), ...counts(c));
const isSurplus = (c: RunCase, group: string): boolean => Number(/worker (\d+)$/.exec(group)?.[1] ?? -1) >= lowest(c);
const widOf = (name: string): number => Number(/^worker(\d+)/.exec(name)?.[1] ?? -1);

/** A smaller number of workers. */
export const scalingDecisions: readonly RunDecision[] = [
  {
    reason: 'scaling down stops the surplus workers gracefully, and scaling up starts them again',
    applies: (c) =>
      lowest(c) < firstCount(c) &&
      workerType(c) !== 'embedded' &&
      signals(c, 'top', 'USR2').length + signals(c, 'server', 'USR2').length > 0,
    ignoresGroup: (group, c) => isSurplus(c, group),
    ignoresLog: true,
    expect: (observed, c, ours) => {
      const last = Number(changed(c, 'workers'));
      const kept = observed.alive_at_end.filter((name) => widOf(name) < lowest(c));
      const again = ours.alive_at_end.filter(
        (name) => widOf(name) >= lowest(c) && widOf(name) < last && name.endsWith('#2'),
      );
      return {
        ...observed,
        alive_at_end: [...kept, ...again].sort(),
        ...(observed.log_file_held && { log_file_held: ours.log_file_held ?? {} }),
      };
    },
    check: (ours, c) => surplusLeft(ours, c),
  },
];

function surplusLeft(ours: Observed, c: RunCase): string | undefined {
  const isTold = (event: Observed['events'][number]): boolean =>
    event.ev === 'worker.stop' || (event.ev === 'worker.got_signal' && event['sig'] === 'TERM');
  const told = new Set(ours.events.filter(isTold).map(({ wid }) => wid));
  for (let wid = lowest(c); wid < firstCount(c); wid += 1)
    if (!told.has(wid)) return `worker ${wid} was not asked to stop`;
  const last = Number(changed(c, 'workers'));
  const missing = Array.from({ length: workerType(c) === 'thread' ? 0 : last }, (_, wid) => wid).find(
    (wid) => !ours.alive_at_end.some((name) => widOf(name) === wid),
  );
  return missing === undefined ? undefined : `worker ${missing} does not run`;
}
