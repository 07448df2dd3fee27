import type { Observed, RecordedEvent } from './run-case.js';

/** What happened to one side of one worker, or to one server, in order and in words. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/**
 * Hooks that the server calls: with threads and embedded workers they are in the same process as what the worker does
 * itself.
 */
const serverSide = new Set(['worker.initialize', 'worker.before_fork', 'worker.after_start', 'worker.spawn']);
/** What the records' runs show of processes by looking from outside, or in short. */
const leftOut = new Set(['process.gone', 'worker.run_many']);

/** Which group an event belongs to: order is compared within it only. */
export function groupOf({ in: name, ev, wid }: RecordedEvent): string {
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
    return { t: 0, in: name, ev, ...(wid !== undefined && { wid: Number(wid) }) };
  });
}

/** Severities in their order, per process. */
export function severities(log: Observed['log'] = []): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { in: name, severity, raw } of log) {
    const key = raw === undefined ? (name ?? '?') : 'standard streams';
    found.set(key, [...(found.get(key) ?? []), raw ?? severity ?? '']);
  }
  return found;
}
