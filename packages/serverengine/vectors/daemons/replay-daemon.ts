import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { lookFor } from '@pinky/protocol/testing';
import { identify } from '@pinky/supervisor';
import { compare, replayBy, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';
import { daemonDecisions, type DaemonObserved } from './daemon-decisions.js';
import type { ProcessFacts } from './marked-processes.js';
import type { ServiceCase } from './service-case.js';
import { ServiceRun } from './service-run.js';

/** How many of the service's processes have settled. Each one leaves a mark. */
const settled = (directory: string): number =>
  readdirSync(directory).filter((name) => name.startsWith('settled-')).length;

/** The title, if one was set. Otherwise `ruby`, as the records have it for an unchanged command line. */
const processName = ({ commandLine }: ProcessFacts): string => (commandLine.includes('\0') ? 'ruby' : commandLine);

function factsFor(
  run: ServiceRun,
  recorded: NonNullable<DaemonObserved['process']>,
  directory: string,
): NonNullable<DaemonObserved['process']> {
  const roles = run.roles();
  const rolePids = new Map([...roles].map(([role, { pid }]) => [pid, role]));
  return Object.fromEntries(Object.entries(recorded).map(([role, wanted]) => {
    const facts = roles.get(role);
    const ours: Record<string, unknown> = facts
      ? {
          ...facts,
          working_directory_kept: facts.cwd === directory,
          parent: rolePids.get(facts.parent) ?? 'none of them',
          is_session_leader: facts.session === facts.pid,
          own_session: facts.session !== ownSession(),
          process_name: processName(facts),
        }
      : {};
    return [role, Object.fromEntries(Object.keys(wanted).map((name) => [name, ours[name]]))];
  }));
}

const ownSession = (): number => markedSession(readFileSync('/proc/self/stat', 'latin1'));
const markedSession = (line: string): number => Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[3]);

function pidFileFacts(
  path: string | null,
  run: ServiceRun,
  wanted: DaemonObserved['pid_file'],
): DaemonObserved['pid_file'] {
  if (path === null || !existsSync(path)) return null;
  const text = readFileSync(path, 'utf8');
  const names = [...run.roles()].find(([, { pid }]) => text === `${pid}\n`)?.[0];
  const stat = statSync(path);
  const all = {
    content_pattern: text.replace(/\d+/, '<pid>'),
    names_process: names === 'server' && run.service.config.supervisor ? undefined : names,
    mode: (stat.mode & 0o777).toString(8),
    owner_uid: stat.uid,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted !== null && name in wanted));
}

async function secondLaunch(run: ServiceRun, pidPath: string): Promise<NonNullable<DaemonObserved['second_launch']>> {
  const before = readFileSync(pidPath, 'utf8');
  const { code } = await run.start();
  const isRunning = identify(Number(before)) !== undefined;
  return {
    launcher_exit_code: code ?? -1,
    first_still_running: isRunning,
    pid_file_names: readFileSync(pidPath, 'utf8') === before ? 'first daemon' : 'second daemon',
  };
}

async function afterSignal(
  run: ServiceRun,
  child: ChildProcess,
  pidPath: string | null,
  signal: NodeJS.Signals,
): Promise<NonNullable<DaemonObserved['after_signal']> & { signal: string }> {
  const top = run.top;
  if (top) process.kill(top.pid, signal);
  await lookFor(() => run.processes().length === 0);
  await lookFor(() => run.service.config.daemonize || child.exitCode !== null);
  const gone = top !== undefined && !run.processes().some(({ pid }) => pid === top.pid);
  return {
    signal: signal.slice(3),
    top_process_gone: gone,
    pid_file_exists: pidPath !== null && existsSync(pidPath),
    ...(!run.service.config.daemonize && { exit_code: child.exitCode ?? -1 }),
  };
}

/** Our run, with everything that the case looks at. */
async function observe(
  run: ServiceRun,
  recorded: DaemonObserved & Readonly<Record<string, unknown>>,
  directory: string,
): Promise<Record<string, unknown>> {
  const { pid_path: pidPath } = run.service.config;
  const { child, code } = await run.start();
  const existed = pidPath !== null && existsSync(pidPath);
  const expected = recorded.processes_running.length;
  // A replay that waits in vain fails by its findings.
  await lookFor(() => (expected === 0 ? run.processes().length === 0 : settled(directory) >= expected));
  const ours: Record<string, unknown> = {
    ...(code !== undefined && { launcher_exit_code: code, pid_file_exists_when_launcher_ends: existed }),
    processes_running: [...run.roles().keys()].sort(),
  };
  ours['pid_file'] = pidFileFacts(pidPath, run, recorded.pid_file);
  if (recorded.process) ours['process'] = factsFor(run, recorded.process, directory);
  if (recorded.second_launch && pidPath !== null) ours['second_launch'] = await secondLaunch(run, pidPath);
  if (recorded.after_signal) ours['after_signal'] = await afterSignal(run, child, pidPath, 'SIGTERM');
  return ours;
}

async function replay(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  chmodSync(context.directory, 0o777); // so that a daemon that runs as nobody can remove its pid file
  // The casts hold by the README of the records.
  const service = JSON.parse(
    JSON.stringify({ config: vector['config'], server: vector['server'] ?? {} }).replaceAll('$DIR', context.directory),
  ) as ServiceCase;
  const recorded = vector.observed as DaemonObserved & Readonly<Record<string, unknown>>;
  if (vector.title.startsWith('stale pid file') && service.config.pid_path !== null) {
    writeFileSync(service.config.pid_path, '4194303\n');
  }
  const decisions = daemonDecisions.filter(({ applies }) => applies(service, recorded));
  const expected = decisions.reduce(
    (observed, decision) => decision.expect(observed, service),
    recorded as DaemonObserved,
  ) as typeof recorded;
  const run = new ServiceRun(service, context);
  try {
    const ours = await observe(run, expected, context.directory);
    const { launcher_seconds: _seconds, standard_error_first_lines: _words, ...comparable } = expected;
    const result = compare(sorted(ours), sorted(comparable));
    if (result.status !== 'passed' || decisions.length === 0) return result;
    return { status: 'differs', reason: [...new Set(decisions.map(({ reason }) => reason))].join('; ') };
  } finally {
    await run.end();
  }
}

const sorted = (object: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Replays a case of kind I with real daemons. Needs root if a case changes the user. */
export function replayDaemon(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  return replayBy(
    [{ fits: ({ config }) => typeof config === 'object' && config !== null, run: replay }],
    vector,
    context,
  );
}
