import { PinkyError, systemClock, type Clock } from '@pinky/protocol/base';
import { isAlive, signalProcess, type ProcessIdentity } from '../adopt/process-identity.js';
import { releasePidFile } from './claim-pid-file.js';
import { readPidFile } from './read-pid-file.js';

/** Time for a process to obey TERM. Milliseconds. sipid's grace period. */
export const gracePeriodMs = 20_000;
/** Time between QUIT and KILL in which stacks can be written: start-stop-daemon's QUIT/1. */
const stacksMs = 1000;
/** Time for a process to go after KILL. One in an uninterruptible wait (state D) may take longer. */
const killMs = 10_000;
const pollMs = 50;

export interface KillOptions {
  /** Whether QUIT comes before KILL, so that the process shows its stacks. Default false. */
  readonly showsStacks?: boolean;
  /** Milliseconds between TERM and KILL. Default 20 000. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** `nothing`: no such process runs, and nothing was signalled. Otherwise: the last signal that was needed. */
export type KillOutcome = 'nothing' | 'SIGTERM' | 'SIGQUIT' | 'SIGKILL';

/**
 * Ends the process that a pid file names, as sipid's `kill` does: TERM, up to 20 s, QUIT if asked for, KILL. Then
 * removes the pid file. A process that only has the same number by now is not signalled.
 *
 * `bad_pid_file`: the file is empty or holds no pid. `deadline_exceeded`: not even KILL ended the process.
 */
export async function killByPidFile(path: string, options: KillOptions = {}): Promise<KillOutcome> {
  const state = readPidFile(path);
  if (state.type === 'empty') throw new PinkyError('bad_pid_file', `${path} is empty: it names no process`);
  if (state.type === 'garbage') {
    throw new PinkyError('bad_pid_file', `${path} holds ${JSON.stringify(state.text)}, which is not a pid`);
  }
  if (state.type !== 'owned') return 'nothing';
  const outcome = await kill(state.owner, options);
  releasePidFile(path, state.pid);
  return outcome;
}

async function kill(
  owner: ProcessIdentity,
  { showsStacks = false, graceMs = gracePeriodMs, clock = systemClock, signal }: KillOptions,
): Promise<KillOutcome> {
  const steps: readonly (readonly [NodeJS.Signals & KillOutcome, number])[] = [
    ['SIGTERM', graceMs], ...(showsStacks ? [['SIGQUIT', stacksMs] as const] : []), ['SIGKILL', killMs],
  ];
  let last: KillOutcome = 'nothing';
  for (const [name, waitMs] of steps) {
    if (!signalProcess(owner, name)) return last;
    last = name;
    if (await isGoneWithin(waitMs, owner, clock, signal)) return last;
  }
  throw new PinkyError('deadline_exceeded', `process ${owner.pid} is still there ${killMs / 1000} s after KILL`);
}

async function isGoneWithin(ms: number, owner: ProcessIdentity, clock: Clock, signal?: AbortSignal): Promise<boolean> {
  const deadline = clock.now() + ms;
  while (isAlive(owner)) {
    if (clock.now() >= deadline) return false;
    await clock.sleep(pollMs, signal);
  }
  return true;
}
