import { resolve } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import {
  claimPidFile,
  killByPidFile,
  parseGoDuration,
  readPidFile,
  waitUntilHealthy,
  type KillOutcome,
} from '@pinky/supervisor/pid-files';
import { isSet, textFlag, type Action, type Context, type Flags } from '../../command-line/context.js';

/** The largest pid on Linux: 2^22 (PID_MAX_LIMIT). */
const largestPid = 4_194_304;

/** `pinky pid claim`. Throws `already_running` and `bad_pid_file`. */
export const claim: Action = async (context, _args, flags) => {
  const path = pidFileOf(context, flags);
  const pid = pidOf(textFlag(flags, 'pid') ?? '');
  const replaced = claimPidFile(path, pid);
  context.out.answer({ pidFile: path, pid, replaced }, () => [`${path} now names process ${pid}${notes[replaced]}`]);
};

const notes = { missing: '', empty: '; it was empty', stale: '; the process that it named has ended' } as const;

/** `pinky pid kill`. With nothing to kill it succeeds. Throws `bad_pid_file`, or `deadline_exceeded` if KILL failed. */
export const kill: Action = async (context, _args, flags) => {
  const path = pidFileOf(context, flags);
  const state = readPidFile(path);
  const pid = 'pid' in state ? state.pid : undefined;
  const outcome = await killByPidFile(path, {
    showsStacks: isSet(flags, 'showStacks'),
    clock: context.clock,
    signal: context.signal,
  });
  const isMissing = state.type === 'missing';
  context.out.answer({ pidFile: path, ...(pid !== undefined && { pid }), outcome }, () => [
    outcome === 'nothing'
      ? `nothing to kill: ${path} ${isMissing ? 'does not exist' : 'names no running process'}`
      : `process ${pid} ended by ${last(outcome)}`,
  ]);
};

const last = (outcome: KillOutcome): string => outcome.replace('SIG', '');

/** `pinky wait-until-healthy`. Throws `deadline_exceeded`, with the last answer. */
export const waitForHealth: Action = async (context, _args, flags) => {
  const { out, clock, signal } = context;
  const url = textFlag(flags, 'url') ?? '';
  const [timeoutMs, pollingMs] = [durationOf(flags, 'timeout', '1m'), durationOf(flags, 'pollingFrequency', '5s')];
  const since = clock.now();
  const ca = textFlag(flags, 'ca');
  const answer = await waitUntilHealthy({
    url,
    timeoutMs,
    pollingMs,
    clock,
    signal,
    ...(ca !== undefined && { caFile: resolve(context.cwd, ca) }),
  });
  if (!answer.isHealthy) {
    throw new PinkyError(
      'deadline_exceeded',
      `${url} was not healthy within ${timeoutMs} ms; its last answer: ${answer.lastAnswer}`,
      { details: { lastAnswer: answer.lastAnswer }, remedy: 'look at what answers there, or give it more `--timeout`' },
    );
  }
  const afterMs = Math.round(clock.now() - since);
  out.answer({ url, isHealthy: true, afterMs }, () => [`${url} is healthy`]);
};

function pidFileOf({ cwd }: Context, flags: Flags): string {
  const path = textFlag(flags, 'pidFile') ?? '';
  if (path === '') throw new PinkyError('bad_command', '--pid-file is empty: name the pid file');
  return path.endsWith('/') ? `${resolve(cwd, path)}/` : resolve(cwd, path); // with a slash it names a folder
}

const durationOf = (flags: Flags, name: string, usual: string): number =>
  parseGoDuration(textFlag(flags, name) ?? usual);

function pidOf(text: string): number {
  const pid = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (pid < 1 || pid > largestPid) {
    throw new PinkyError(
      'bad_command',
      `--pid: ${JSON.stringify(text)} is not a process id; use a number from 1 to ${largestPid}`,
    );
  }
  return pid;
}
