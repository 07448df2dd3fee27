import type { RunDecision } from './run-decision.js';
import type { Observed, RunCase } from '../runs/run-case.js';
import { after, behaviours, gone, inServer, leaves, signals, workerType } from '../runs/run-facts.js';

const codes = (c: RunCase): readonly number[] => c.config.unrecoverable_exit_codes ?? [];
const codeOf = (how: unknown): number => Number(/(\d+)$/.exec(String(how))?.[1] ?? -1);
const departures = (observed: Observed): Observed['events'] =>
  observed.events.filter(({ ev }) => ev === 'worker.leaving');
const unrecoverable = (c: RunCase): Observed['events'] =>
  departures(c.observed).filter((event) => codes(c).includes(codeOf(event['how'])));

/** The meaning of workers' exits. */
export const exitDecisions: readonly RunDecision[] = [
  {
    reason: "a worker's own exit code counts, however it ends: an unrecoverable one is recognised",
    applies: (c) =>
      workerType(c) === 'process' &&
      leaves(c, 'soft_exit') &&
      behaviours(c).some(({ how, code }) => how === 'soft_exit' && codes(c).includes(code ?? 0)),
    ignoresGroup: (group) => group.includes('worker'),
    expect: (observed, c) => {
      const first = departures(observed).find((event) => codes(c).includes(codeOf(event['how'])));
      const isAlone = (c.config.workers ?? 1) === 1 || c.config.stop_immediately_at_unrecoverable_exit === true;
      if (!first || !isAlone) {
        return {
          ...observed,
          alive_at_end: observed.alive_at_end.filter((name) => !name.startsWith(`worker${String(first?.['wid'])}`)),
        };
      }
      return {
        ...observed,
        events: [
          ...observed.events.filter((event) => event.in === 'server#1' && event.wid === undefined),
          { t: first.t, in: 'server#1', ev: 'server.after_run' },
        ],
        top_exit: gone(first.t, codeOf(first['how'])),
        alive_at_end: [],
        log: (observed.log ?? []).slice(0, 1),
      };
    },
  },
  {
    reason: 'an exit or an error inside a thread ends that worker only, which is started again',
    applies: (c) =>
      workerType(c) === 'thread' &&
      leaves(c, 'soft_exit', 'hard_exit', 'raise') &&
      c.observed.top_exit !== null &&
      signals(c, 'top', 'TERM', 'QUIT', 'INT').length === 0,
    ignoresGroup: (group) => group.includes('worker'),
    ignoresLog: true,
    expect: (observed, c) => {
      const isForGood = behaviours(c).some(({ how, code }) => how?.endsWith('_exit') && codes(c).includes(code ?? 0));
      return isForGood
        ? observed
        : {
            ...observed,
            events: observed.events.filter(({ ev }) => ev !== 'server.after_run'),
            top_exit: null,
            alive_at_end: [
              ...new Set([...observed.alive_at_end, 'server#1', ...(c.config.supervisor ? ['supervisor'] : [])]),
            ].sort(),
          };
    },
    check: (ours, c) =>
      c.config.unrecoverable_exit_codes !== undefined || ours.events.filter(({ ev }) => ev === 'worker.run').length > 0
        ? undefined
        : 'the thread was not started again',
  },
  {
    reason: 'the exit code of the server is that of the last worker that ended',
    applies: (c) =>
      new Set(unrecoverable(c).map((event) => codeOf(event['how']))).size > 1 && c.observed.top_exit !== null,
    expect: (observed, c) => ({
      ...observed,
      top_exit: gone(observed.top_exit?.t ?? 0, codeOf(unrecoverable(c).at(-1)?.['how'])),
    }),
  },
  {
    reason: 'a restart starts a worker again that had ended for good',
    applies: (c) =>
      unrecoverable(c).length > 0 &&
      signals(c, 'top', 'USR1', 'HUP').length > 0 &&
      after(
        c.observed.events,
        ({ ev }) => ev === 'worker.leaving',
        ({ ev }) => ev === 'server.restart',
      ),
    ignoresGroup: (group, c) => unrecoverable(c).some(({ wid }) => group.endsWith(`worker ${String(wid)}`)),
    expect: (observed, c) => {
      const back = unrecoverable(c).map(({ wid }) => `worker${String(wid)}#2`);
      return inServer(c)
        ? observed
        : { ...observed, alive_at_end: [...new Set([...observed.alive_at_end, ...back])].sort() };
    },
  },
  {
    reason: 'stop is called once when a worker ended for good',
    applies: (c) =>
      c.config.stop_immediately_at_unrecoverable_exit === true &&
      c.observed.events.filter(({ ev }) => ev === 'server.stop').length > 1,
    expect: (observed) => {
      const first = observed.events.findIndex(({ ev }) => ev === 'server.stop');
      return {
        ...observed,
        events: observed.events.filter(({ ev }, index) => ev !== 'server.stop' || index === first),
      };
    },
    ignoresLog: true,
  },
  {
    reason:
      'a worker that keeps failing is started again after growing pauses, unless restart_worker_interval is given',
    applies: (c) =>
      c.config.restart_worker_interval === undefined &&
      behaviours(c).some(
        ({ mode, after: seconds = 0, how }) => mode === 'exit_after' && how !== 'close_heartbeat_pipe' && seconds < 1,
      ) &&
      departures(c.observed).length > 2,
    ignoresGroup: (group) => group.includes('worker'),
    ignoresLog: true,
    check: (ours) => (departures(ours).length > 1 ? undefined : 'the worker was not started again'),
  },
];
