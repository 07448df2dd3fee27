import type { RunDecision } from './run-decision.js';
import type { Observed, RunCase } from '../runs/run-case.js';
import { behaviours, leaves, signals, workerType } from '../runs/run-facts.js';

/** Whether the server was killed by a signal that leaves it no time. */
const serverKilled = (c: RunCase): boolean =>
  signals(c, 'server', 'KILL').length > 0 || (c.config.supervisor !== true && signals(c, 'top', 'KILL').length > 0);
const supervisorKilled = (c: RunCase): boolean => c.config.supervisor === true && signals(c, 'top', 'KILL').length > 0;
const isPatient = (c: RunCase): boolean =>
  behaviours(c).some(({ mode, finish_after: seconds = 0 }) => mode === 'stubborn' || seconds > 3);
const firstWorkers = /^worker\d+#1/;
const told = (ours: Observed, ev: string): boolean => ours.events.some((event) => event.ev === ev);

/** Processes whose parent has died. */
export const orphanDecisions: readonly RunDecision[] = [
  {
    reason: 'worker processes notice the death of their server and leave',
    applies: (c) => serverKilled(c) && workerType(c) === 'process' && !isPatient(c),
    ignoresGroup: (group) => firstWorkers.test(group),
    expect: (observed) => ({
      ...observed,
      alive_at_end: observed.alive_at_end.filter((name) => !firstWorkers.test(name)),
      ...(observed.log_file_held && {
        log_file_held: Object.fromEntries(
          Object.entries(observed.log_file_held).filter(([name]) => !firstWorkers.test(name)),
        ),
      }),
    }),
    check: (ours) =>
      told(ours, 'worker.stop') && told(ours, 'worker.run_end') ? undefined : 'the workers did not stop',
  },
  {
    reason: 'a server notices the death of its supervisor and stops gracefully',
    applies: (c) => supervisorKilled(c) && !isPatient(c),
    ignoresGroup: (group) => !group.startsWith('supervisor'),
    ignoresLog: true,
    expect: (observed) => ({ ...observed, alive_at_end: [], ...(observed.log_file_held && { log_file_held: {} }) }),
    check: (ours) =>
      told(ours, 'server.stop') && told(ours, 'server.after_run') ? undefined : 'the server did not stop',
  },
  {
    reason: 'a worker that closes its heartbeat pipe is stopped even if it is the only one',
    applies: (c) =>
      leaves(c, 'close_heartbeat_pipe') &&
      workerType(c) === 'process' &&
      (c.config.workers ?? 1) === 1 &&
      !c.observed.events.some(({ ev }) => ev === 'worker.run'),
    ignoresGroup: (group) => /worker0#2|for worker 0/.test(group),
    expect: (observed, _c, ours) => ({
      ...observed,
      alive_at_end: ['server#1', 'worker0#2'],
      log: ours.log?.filter(({ severity }) => severity === 'ERROR' || severity === 'FATAL') ?? [],
    }),
  },
];
