import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dumpPath } from '@pinky/supervisor';
import type { Told } from '../programs/recorded-case.js';
import type { LogLine, Observed, RecordedEvent } from './run-case.js';

/** A run that is over, as it was seen from outside and told by its processes. Times in seconds of one clock. */
export interface FinishedRun {
  readonly directory: string;
  readonly told: readonly Told[];
  /** The time at which each process was gone, by pid. */
  readonly gone: ReadonlyMap<number, number>;
  readonly exit: { readonly t: number; readonly code: number | null; readonly signal: string | null } | undefined;
  readonly out: string;
  readonly err: string;
  readonly renamedAt: number | undefined;
  /** Wall clock, milliseconds. */
  readonly startedAtMs: number;
  /** The moment from which the case counts its times. */
  readonly zero: number;
}

/** A run in the records' words. */
export function observedRun(run: FinishedRun): Observed {
  const { directory, told, zero, gone } = run;
  const names = namesOf(told);
  const nameOf = (pid: number): string => names.get(pid) ?? '?';
  const event = ({ t, pid, role: _role, ...rest }: Told): RecordedEvent => ({ t: t - zero, in: nameOf(pid), ...rest });
  const living = [...names].filter(([pid]) => !gone.has(pid));
  const deaths = [...gone].map(([pid, t]): RecordedEvent => ({ t: t - zero, in: nameOf(pid), ev: 'process.gone' }));
  return {
    events: [...told.filter(({ t }) => t > zero).map(event), ...deaths.filter(({ t }) => t >= -0.001)],
    startup: told.filter(({ t }) => t <= zero).map(event),
    top_exit: topExit(run),
    alive_at_end: living.map(([, name]) => name).sort(),
    log: logOf(directory, names),
    log_file_held: Object.fromEntries(living.map(([pid, name]) => [name, heldBy(pid, directory)])),
    log_path_exists_after: existsSync(join(directory, 'log')),
    stack_dump_files_of: [...names]
      .filter(([pid]) => hasDumped(pid, run.startedAtMs))
      .map(([, name]) => name)
      .sort(),
    standard_output: lines(run.out),
    standard_error: lines(run.err),
    renamedAt: run.renamedAt === undefined ? undefined : run.renamedAt - zero,
    startedAt: Object.fromEntries(
      [...names].map(([pid, name]) => [name, (told.find((each) => each.pid === pid)?.t ?? 0) - zero]),
    ),
  };
}

function topExit({ exit, zero }: FinishedRun): Observed['top_exit'] {
  if (!exit) return null;
  return { t: exit.t - zero, ...(exit.code === null ? { signal: exit.signal?.slice(3) ?? '' } : { code: exit.code }) };
}

/** `server#2`, `worker0#1`, `supervisor` by pid, in the order of their first events. */
function namesOf(told: readonly Told[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const counts = new Map<string, number>();
  for (const { pid, role, wid } of told) {
    if (names.has(pid)) continue;
    const base = role === 'worker' ? `worker${String(wid)}` : role;
    counts.set(base, (counts.get(base) ?? 0) + 1);
    names.set(pid, role === 'supervisor' ? role : `${base}#${counts.get(base)}`);
  }
  return names;
}

/** Another process with this pid may have left a file of that name before. */
const hasDumped = (pid: number, startedAtMs: number): boolean =>
  (statSync(dumpPath(pid), { throwIfNoEntry: false })?.mtimeMs ?? 0) >= startedAtMs;

function logOf(directory: string, names: ReadonlyMap<number, string>): LogLine[] {
  const files = ['log.renamed', 'log'].map((name) => join(directory, name)).filter((path) => existsSync(path));
  return files.flatMap((path) => lines(readFileSync(path, 'utf8'))).flatMap((line): LogLine[] => {
    const [, pid, severity, text = ''] = /^[A-Z], \[[^\]]*#(\d+)\]\s+([A-Z]+) -- : (.*)$/.exec(line) ?? [];
    if (severity === undefined) return line.startsWith('    at ') || line.startsWith('at ') ? [] : [{ raw: line }];
    return [{ in: names.get(Number(pid)) ?? '?', severity, text }];
  });
}

function heldBy(pid: number, directory: string): string {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const log = join(directory, 'log');
    return open.includes(log) ? 'new path' : open.includes(`${log}.renamed`) ? 'renamed file' : 'none';
  } catch {
    return 'none'; // it ended during the look
  }
}

const lines = (text: string): string[] => text.split('\n').slice(0, -1);
