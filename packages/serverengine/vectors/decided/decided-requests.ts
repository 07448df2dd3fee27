import type { RunDecision } from './run-decision.js';
import { after, behaviours, changed, gone, inServer, named, signals, workerType } from '../runs/run-facts.js';

const isStop = ({ ev }: { ev: string }): boolean => ev === 'server.stop';

/** Requests: their effects and their times. */
export const requestDecisions: readonly RunDecision[] = [
  {
    reason: 'a reload gives worker processes the new configuration',
    applies: (c) =>
      workerType(c) === 'process' &&
      changed(c, 'marker') !== undefined &&
      signals(c, 'top', 'USR2').length + signals(c, 'server', 'USR2').length > 0 &&
      c.config.disable_reload !== true,
    expect: (observed, c) => ({
      ...observed,
      events: observed.events.map((event) =>
        event.ev === 'worker.reload' && 'marker' in event ? { ...event, marker: changed(c, 'marker') } : event,
      ),
    }),
  },
  {
    reason: 'disable_reload disables USR2, as the manual says: nothing is reloaded and no log reopened',
    applies: (c) =>
      c.config.disable_reload === true && c.config.supervisor === true && signals(c, 'top', 'USR2').length > 0,
    expect: (observed) => ({
      ...observed,
      events: observed.events.filter(({ ev }) => !ev.endsWith('.reload')),
      log: (observed.log ?? []).slice(1),
      ...(observed.log_file_held && {
        log_file_held: Object.fromEntries(Object.keys(observed.log_file_held).map((name) => [name, 'renamed file'])),
        log_path_exists_after: false,
      }),
    }),
  },
  {
    reason: 'a stop also cancels a start that waits for its delay',
    applies: (c) =>
      (c.config.start_worker_delay ?? 0) > 0 &&
      after(c.observed.events, isStop, ({ ev }) => ev === 'worker.initialize'),
    expect: (observed) => {
      const at = observed.events.find(isStop)?.t ?? 0;
      const late = new Set(
        observed.events.filter(({ ev, t }) => ev === 'worker.initialize' && t > at).map(({ wid }) => wid),
      );
      const events = observed.events.filter(({ wid }) => wid === undefined || !late.has(wid));
      return {
        ...observed,
        alive_at_end: [],
        top_exit: gone(at, 0),
        events: [
          ...events.filter(({ ev }) => ev !== 'server.after_run'),
          { t: at, in: events.find(isStop)?.in ?? 'server#1', ev: 'server.after_run' },
        ],
      };
    },
  },
  {
    reason: 'a stop while the supervisor waits to restart its server is obeyed: no server is started',
    applies: (c) =>
      c.config.supervisor === true &&
      stopsWhileWaiting(
        c.observed.events,
        signals(c, 'top', 'TERM', 'QUIT').map(({ at }) => at),
      ) !== undefined,
    expect: (observed, c) => {
      const at = stopsWhileWaiting(observed.events, signals(c, 'top', 'TERM', 'QUIT').map((step) => step.at)) ?? 0;
      const dead = new Set(
        observed.events.filter(({ t, ev }) => ev === 'process.gone' && t < at).map((event) => event.in),
      );
      return {
        ...observed,
        events: observed.events.filter(({ t }) => t < at),
        alive_at_end: [],
        top_exit: gone(at, 0),
        log: (observed.log ?? [])
          .filter((line) => dead.has(line.in ?? '') || line.in === 'supervisor')
          .slice(0, dead.size),
      };
    },
  },
  {
    reason: 'requests reach workers at once, so two restarts in a row are two',
    applies: (c) => c.script.filter(({ signal }) => signal === 'USR1' || signal === 'HUP').length > 1,
    ignoresGroup: (group) => group.includes('worker'),
    ignoresLog: true,
    expect: (observed, _c, ours) => ({
      ...observed,
      alive_at_end: sameRoles(observed.alive_at_end, ours.alive_at_end) ? ours.alive_at_end : observed.alive_at_end,
      log_file_held: ours.log_file_held ?? {},
    }),
    check: (ours, c) => (inServer(c) || named(ours, /^worker0#[2-9]/) ? undefined : 'worker 0 was not restarted'),
  },
  {
    reason: 'a reload changes the ladder of workers that run already',
    applies: (c) =>
      behaviours(c).some(({ mode }) => mode === 'stubborn') &&
      Object.keys(Object.assign({}, ...c.script.map(({ set }) => set))).some((key) => /kill/.test(key)) &&
      signals(c, 'top', 'USR2').length > 0,
    ignoresGroup: (group) => / of worker /.test(group),
    expect: (observed, _c, ours) => ({
      ...observed,
      alive_at_end: ours.alive_at_end,
      top_exit: ours.top_exit,
      log: ours.log ?? [],
    }),
    check: (ours) =>
      ours.events.filter(({ ev }) => ev === 'worker.stop').length > 1 ? undefined : 'the new interval was not used',
  },
  {
    reason: 'an embedded worker that ends at once again and again is started after growing pauses',
    applies: (c) => workerType(c) === 'embedded' && behaviours(c).some(({ never_reset: never }) => never === true),
    ignoresGroup: (group) => group.includes('worker'),
    check: (ours) => {
      const runs = ours.events.filter(({ ev }) => ev === 'worker.run').length;
      return runs >= 1 && runs < 20 ? undefined : `run was called ${runs} times`;
    },
  },
];

/** The time of a stop that came after the server had died and before its successor was there. */
function stopsWhileWaiting(
  events: readonly { t: number; in: string; ev: string }[],
  stops: readonly number[],
): number | undefined {
  const deaths = events.filter((event) => event.ev === 'process.gone' && event.in.startsWith('server'));
  const starts = events.filter(({ ev }) => ev === 'server.before_run');
  return stops.find((at) =>
    deaths.some(
      (death) =>
        death.t < at &&
        !starts.some((start) => start.t > death.t && start.t < at - 0.005) &&
        starts.some((start) => start.t >= at - 0.005),
    ),
  );
}

const roles = (names: readonly string[]): string => names.map((name) => name.replace(/#\d+$/, '')).sort().join();
const sameRoles = (a: readonly string[], b: readonly string[]): boolean => roles(a) === roles(b);
