import { compare, failed, passed, type Outcome } from '../replay.js';
import type { Observed, RecordedEvent, RunCase } from './run-case.js';
import { grouped, severities, startupEvents } from './run-groups.js';

/** What is left out of the comparison because a rule decides about it; the rule checks it itself. */
export interface Leniency {
  readonly ignoresGroup?: (group: string) => boolean;
  readonly ignoresLog?: boolean;
}

/** Seconds by which a loop of ServerEngine's may be late, and ours may be early for it. */
const loopSeconds = 0.6;
/** A machine under load starts a process so much later at the most, in seconds. */
const loadSeconds = 1.5;

/** Compares our run with a record: order per process and worker, exits, who lives, logs, and the least waits. */
export function compareRuns(c: RunCase, ours: Observed, theirs: Observed, lenient: Leniency = {}): Outcome {
  const checks = [
    () => compareEvents(c, ours.events, theirs.events, lenient),
    () => compareExit(ours, theirs),
    () => compareAlive(c, ours, theirs),
    () => (lenient.ignoresLog ? passed : compareLog(c, ours, theirs)),
    () => (theirs.log_file_held ? only('log_file_held', ours.log_file_held, theirs.log_file_held) : passed),
    () =>
      theirs.log_path_exists_after === undefined
        ? passed
        : only('log_path_exists_after', ours.log_path_exists_after, theirs.log_path_exists_after),
    () =>
      theirs.stack_dump_files_of
        ? only('stack_dump_files_of', ours.stack_dump_files_of, [...theirs.stack_dump_files_of].sort())
        : passed,
    () =>
      theirs.standard_output
        ? only('standard_output', withoutText(ours.standard_output), withoutText(theirs.standard_output))
        : passed,
    () =>
      theirs.startup_order
        ? compareEvents(c, bare(ours.startup), startupEvents(theirs.startup_order), lenient)
        : passed,
    () => leastWaits(c, ours),
  ];
  for (const check of checks) {
    const outcome = check();
    if (outcome.status !== 'passed') return outcome;
  }
  return passed;
}

function only(what: string, ours: unknown, theirs: unknown): Outcome {
  const outcome = compare(ours, theirs);
  return outcome.status === 'passed' ? passed : failed(`${what}: ${outcome.reason}`);
}

/** Words of records are each library's own, and several processes and streams meet here in any order. */
const withoutText = (lines: readonly string[] = []): string[] =>
  lines.map((line) => (/^[A-Z], \[/.test(line) ? line.slice(0, 1) : line)).sort();

/** The start-up order is recorded by names only. */
const bare = (events: readonly RecordedEvent[] = []): RecordedEvent[] =>
  events.map(({ t, in: name, ev, wid }) => ({ t, in: name, ev, ...(wid !== undefined && { wid }) }));

function compareExit(ours: Observed, theirs: Observed): Outcome {
  const plain = (exit: Observed['top_exit']): unknown => (exit === null ? null : (exit.code ?? exit.signal));
  return only('top_exit', plain(ours.top_exit), plain(theirs.top_exit));
}

/**
 * Where workers end again and again, how many times fit into the time watched is chance: their numbers do not count.
 */
function compareAlive(c: RunCase, ours: Observed, theirs: Observed): Outcome {
  const name = (text: string): string => (repeats(c) ? text.replace(/#\d+$/, '') : text);
  const settled = (names: readonly string[]): string[] =>
    names
      .map(name)
      .filter((text) => !repeats(c) || !/^(worker|server)/.test(text))
      .sort();
  return only('alive_at_end', settled(ours.alive_at_end), settled(theirs.alive_at_end));
}

/** Whether a worker or server of the case ends by itself more than once. */
export const repeats = (c: RunCase): boolean => {
  const counts = new Map<string, number>();
  for (const { ev, in: name, wid } of c.observed.events) {
    if (!['worker.leaving', 'server.exiting', 'server.before_run'].includes(ev) && !(ev === 'worker.run')) continue;
    const key = `${ev} ${name.replace(/#\d+$/, '')} ${String(wid)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()].some((count) => count > 1);
};

function compareEvents(
  c: RunCase,
  ours: readonly RecordedEvent[],
  theirs: readonly RecordedEvent[],
  { ignoresGroup = () => false }: Leniency,
): Outcome {
  const [mine, wanted] = [grouped(ours), grouped(theirs)];
  for (const group of new Set([...mine.keys(), ...wanted.keys()])) {
    if (ignoresGroup(group)) continue;
    const [a, b] = [mine.get(group) ?? [], wanted.get(group) ?? []];
    const length = Math.min(a.length, b.length);
    const isPrefix = repeats(c) && tailIsLate(c, ours, theirs, group, length);
    const outcome = isPrefix ? compare(a.slice(0, length), b.slice(0, length)) : compare(a, b);
    if (outcome.status !== 'passed') return failed(`${group}: ${outcome.reason}`);
  }
  return passed;
}

/** What one run has more than the other happened so late that it could as well have come after the end. */
function tailIsLate(
  c: RunCase,
  ours: readonly RecordedEvent[],
  theirs: readonly RecordedEvent[],
  group: string,
  from: number,
): boolean {
  const generation = Number(/#(\d+)/.exec(group)?.[1] ?? 1);
  const rest = [ours, theirs].flatMap((events) => ofGroup(events, group).slice(from));
  return rest.every(({ t }) => t >= c.watched_for - (loopSeconds + loadSeconds / 2) * Math.max(generation, from));
}

const ofGroup = (events: readonly RecordedEvent[], group: string): RecordedEvent[] => {
  const name = (event: RecordedEvent): string => [...grouped([event]).keys()][0] ?? '';
  return events.filter((event) => name(event) === group);
};

function compareLog(c: RunCase, ours: Observed, theirs: Observed): Outcome {
  if (!theirs.log) return passed;
  const [mine, wanted] = [severities(ours.log), severities(theirs.log)];
  for (const name of new Set([...mine.keys(), ...wanted.keys()])) {
    const [a, b] = [mine.get(name) ?? [], wanted.get(name) ?? []];
    const length = repeats(c) ? Math.min(a.length, b.length) : Infinity;
    const outcome = compare(a.slice(0, length), b.slice(0, length));
    if (outcome.status !== 'passed') return failed(`log of ${name}: ${outcome.reason}`);
  }
  return passed;
}

/** Waits that were configured are not shorter. */
function leastWaits(c: RunCase, { events }: Observed): Outcome {
  const slack = 0.03;
  const times = (ev: string, wid?: unknown, name?: string): number[] =>
    events
      .filter(
        (event) =>
          event.ev === ev && (wid === undefined || event['wid'] === wid) && (name === undefined || event.in === name),
      )
      .map(({ t }) => t);
  const isShort = (from: readonly number[], to: readonly number[], least: number): boolean =>
    from.some((t) => to.some((next) => next > t && next - t < least - slack));
  const {
    restart_worker_interval: interval = 0,
    start_worker_delay: delay = 0,
    start_worker_delay_rand: rand = 0.2,
    worker_graceful_kill_interval: kill = 15,
  } = c.config;
  const wids = new Set(events.map(({ wid }) => wid).filter((wid) => wid !== undefined));
  for (const wid of wids) {
    if (isShort(times('worker.leaving', wid), times('worker.run', wid), interval)) {
      return failed(`worker ${JSON.stringify(wid)} was started again before ${interval} s`);
    }
    const names = new Set(events.filter((event) => event['wid'] === wid).map((event) => event.in));
    const changed = c.script.some(({ set }) => set?.['worker_graceful_kill_interval'] !== undefined);
    for (const name of names)
      if (
        c.config.worker_type === 'process' &&
        !changed &&
        isShort(times('worker.stop', wid, name), times('worker.stop', wid, name), Math.min(kill, 10))
      )
        return failed(`${name} was asked again too soon`);
  }
  const starts = times('worker.before_fork');
  return delay > 0 && isShort(starts, starts, delay * (1 - rand / 2))
    ? failed(`workers were started less than ${delay} s apart`)
    : passed;
}
