import type { Observed, RecordedEvent } from './run-case.js';

/** The events of one side of one worker, or of one server, in order and in words. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** Hooks that the server calls. With threads and embedded workers they run in the worker's own process. */
const serverSide = new Set(['worker.initialize', 'worker.before_fork', 'worker.after_start', 'worker.spawn']);
/** Events that are no process's own: looks from outside, and short forms. */
const leftOut = new Set(['process.gone', 'worker.run_many']);

/** The group of an event. Order is compared only within a group. */
function groupOf({ in: name, ev, wid }: RecordedEvent): string {
  if (wid === undefined) return name;
  return `${name} ${serverSide.has(ev) ? 'for' : 'of'} worker ${JSON.stringify(wid)}`;
}

const words = ({ ev, t: _t, in: _in, wid: _wid, t_runs: _runs, ...fields }: RecordedEvent): string =>
  [ev, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`).sort()].join(' ');

export function grouped(events: readonly RecordedEvent[]): Groups {
  const groups = new Map<string, string[]>();
  for (const event of events) {
    if (leftOut.has(event.ev)) continue;
    const key = groupOf(event);
    groups.set(key, [...(groups.get(key) ?? []), words(event)]);
  }
  return groups;
}

/** `server#1 worker.initialize(0)` as an event. */
export function startupEvents(order: readonly string[]): RecordedEvent[] {
  return order.map((text): RecordedEvent => {
    const [, name = '', ev = '', wid] = /^(\S+) ([\w.]+)(?:\((\d+)\))?$/.exec(text) ?? [];
    return {
      t: 0,
      in: name,
      ev,
      ...(wid !== undefined && { wid: Number(wid) }),
    };
  });
}

/** The severities of each process's records, in order. */
export function severities(log: Observed['log'] = []): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { in: name, severity, raw } of log) {
    const key = raw === undefined ? (name ?? '?') : 'standard streams';
    found.set(key, [...(found.get(key) ?? []), raw ?? severity ?? '']);
  }
  return found;
}
