import { compare, failed, passed, type ReplayResult } from '../replay.js';
import type { Observed, RecordedEvent, RunCase } from './run-case.js';
import { grouped, severities, startupEvents } from './run-groups.js';

/** The parts that are not compared, because a rule decides about them and checks them itself. */
interface Leniency {
  readonly ignoresGroup?: (group: string) => boolean;
  readonly ignoresLog?: boolean;
}

/** ServerEngine's loop may be so late, and ours so early beside it. Seconds. */
const loopSeconds = 0.6;
/** A machine under load may start a process so much later. Seconds. */
const loadSeconds = 1.5;

/** Compares our run with a record: the order per process and worker, exits, survivors, logs, and the least waits. */
export function compareRuns(c: RunCase, ours: Observed, theirs: Observed, lenient: Leniency = {}): ReplayResult {
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
    const result = check();
    if (result.status !== 'passed') return result;
  }
  return passed;
}

function only(what: string, ours: unknown, theirs: unknown): ReplayResult {
  const result = compare(ours, theirs);
  return result.status === 'passed' ? passed : failed(`${what}: ${result.reason}`);
}

/** Each library has its own words, and the lines of several processes and streams come in any order. */
const withoutText = (lines: readonly string[] = []): string[] =>
  lines.map((line) => (/^[A-Z], \[/.test(line) ? line.slice(0, 1) : line)).sort();

/** The records have only the names of the start-up, not its fields. */
const bare = (events: readonly RecordedEvent[] = []): RecordedEvent[] =>
  events.map(({ t, in: name, ev, wid }) => ({
    t,
    in: name,
    ev,
    ...(wid !== undefined && { wid }),
  }));

function compareExit(ours: Observed, theirs: Observed): ReplayResult {
  const plain = (exit: Observed['top_exit']): unknown => (exit === null ? null : (exit.code ?? exit.signal));
  return only('top_exit', plain(ours.top_exit), plain(theirs.top_exit));
}

/** If workers end again and again, chance decides how many fit into the time. Then their numbers do not count. */
function compareAlive(c: RunCase, ours: Observed, theirs: Observed): ReplayResult {
  const name = (text: string): string => (repeats(c) ? text.replace(/#\d+$/, '') : text);
  const settled = (names: readonly string[]): string[] =>
    names
      .map(name)
      .filter((text) => !repeats(c) || !/^(worker|server)/.test(text))
      .sort();
  return only('alive_at_end', settled(ours.alive_at_end), settled(theirs.alive_at_end));
}

/** Whether a worker or server of the case ends by itself more than once. */
const repeats = (c: RunCase): boolean => {
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
): ReplayResult {
  const [mine, wanted] = [grouped(ours), grouped(theirs)];
  for (const group of new Set([...mine.keys(), ...wanted.keys()])) {
    if (ignoresGroup(group)) continue;
    const [a, b] = [mine.get(group) ?? [], wanted.get(group) ?? []];
    const length = Math.min(a.length, b.length);
    const isPrefix = repeats(c) && tailIsLate(c, ours, theirs, group, length);
    const result = isPrefix ? compare(a.slice(0, length), b.slice(0, length)) : compare(a, b);
    if (result.status !== 'passed') return failed(`${group}: ${result.reason}`);
  }
  return passed;
}

/** Whether the longer run's extra events are so late that they could as well have come after the end. */
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

function compareLog(c: RunCase, ours: Observed, theirs: Observed): ReplayResult {
  if (!theirs.log) return passed;
  const [mine, wanted] = [severities(ours.log), severities(theirs.log)];
  for (const name of new Set([...mine.keys(), ...wanted.keys()])) {
    const [a, b] = [mine.get(name) ?? [], wanted.get(name) ?? []];
    const length = repeats(c) ? Math.min(a.length, b.length) : Infinity;
    const result = compare(a.slice(0, length), b.slice(0, length));
    if (result.status !== 'passed') return failed(`log of ${name}: ${result.reason}`);
  }
  return passed;
}

/** Checks that no configured wait is shorter than it should be. */
function leastWaits(c: RunCase, { events }: Observed): ReplayResult {
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
