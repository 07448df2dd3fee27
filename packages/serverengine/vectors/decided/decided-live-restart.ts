import type { RunDecision } from './run-decision.js';
import type { Observed, RunCase } from '../runs/run-case.js';
import { behaviours, signals } from '../runs/run-facts.js';

const detaches = (c: RunCase): boolean =>
  c.config.supervisor === true &&
  c.config.enable_detach !== false &&
  c.config.exit_on_detach !== true &&
  signals(c, 'top', 'INT').length > 0;
const isStopped = (c: RunCase): boolean => signals(c, 'top', 'TERM', 'QUIT').length > 0;
const patience = (c: RunCase): number => Math.max(0, ...behaviours(c).map(({ finish_after: seconds = 0 }) => seconds));
const secondGeneration = /#2/;

/** INT with a supervisor: the manual's live restart. */
export const liveRestartDecisions: readonly RunDecision[] = [
  {
    reason:
      'INT is a live restart, by default too: a new server runs afterwards, beside the old one if that takes longer ' +
        'than server_detach_wait',
    applies: (c) => detaches(c) && !isStopped(c),
    ignoresGroup: (group) => group === 'supervisor' || secondGeneration.test(group),
    ignoresLog: true,
    expect: (observed, c, ours) => ({
      ...observed,
      top_exit: null,
      alive_at_end: expectedAlive(c),
      ...(observed.log_file_held && { log_file_held: ours.log_file_held ?? {}, log_path_exists_after: true }),
      ...(observed.standard_output && { standard_output: ours.standard_output ?? [] }),
    }),
    check: overlap,
  },
];

function expectedAlive(c: RunCase): string[] {
  const { worker_type: type = 'embedded', workers } = c.config;
  const own =
    type === 'process' || type === 'spawn' ? Array.from({ length: workers ?? 1 }, (_, wid) => `worker${wid}#2`) : [];
  return ['server#2', 'supervisor', ...own].sort();
}

/** Checks that the new server begins before a slow old one has ended. */
function overlap(ours: Observed, c: RunCase): string | undefined {
  const began = ours.events.find((event) => event.ev === 'server.before_run' && event.in === 'server#2')?.t;
  const ended = ours.events.find((event) => event.ev === 'server.after_run' && event.in === 'server#1')?.t;
  if (began === undefined) return 'no new server was started';
  const wait = Number(
    c.script.map(({ set }) => set?.['server_detach_wait']).findLast((value) => value !== undefined) ??
      c.config.server_detach_wait ??
      10,
  );
  return patience(c) > wait + 1 && ended !== undefined && ended < began
    ? 'the new server began only after the old one had ended'
    : undefined;
}
