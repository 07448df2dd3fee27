import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { supervisorProgram } from '@pinky/box/programs';
import {
  boxPaths,
  fromErrorAnswer,
  isErrorCode,
  PinkyError,
  requestOnce,
  titlePadding,
  type BoxConfig,
} from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { failureOf, queueFails } from '../../known/failing-children.js';
import { lastLines } from '../../observe/disk.js';
import { greeting } from '../../talk/greeting.js';
import { askForTree, type SupervisorView } from '../../talk/supervisor.js';

/** How long supervisor and queue of a box that was just started may take to answer, in milliseconds. */
const answerTimeoutMs = 30_000;
const askAgainMs = 50;
/** A queue that has failed so often in a row will not answer before somebody has mended the cause. */
const failuresThatStay = 3;

/** Starts it in a session of its own: keys typed at our terminal do not reach it, and it outlives us. */
export function startSupervisor(config: BoxConfig, env: NodeJS.ProcessEnv): ChildProcess {
  const program = env['PINKY_SUPERVISOR'] ?? supervisorProgram; // the variable is for tests
  const out = openSync(
    rawOutput(config.home),
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND,
    0o600,
  );
  try {
    return spawn(process.execPath, [program, config.home, titlePadding], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', out, out],
      env: { ...env, PINKY_HOME: config.home },
    });
  } finally {
    closeSync(out);
  }
}

/** The file for output of the supervisor beside its log, such as the reason why it cannot start. */
const rawOutput = (home: string): string => join(boxPaths(home).logDir, 'supervisor.out');

/** How the supervisor ended. */
export interface SupervisorExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const exitOf = (child: ChildProcess): Promise<SupervisorExit> => new Promise((done, failed) => {
  child.once('error', failed);
  child.once('exit', (code, signal) => done({ code, signal }));
});

/** It may run on where the box is not all up: then it goes on trying. */
export const runsOn = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** Resolves when the supervisor answers, with its queue or without. Rejects once `signal` aborts. */
export async function untilListens({ clock, signal }: Context, home: string): Promise<void> {
  while (!(await askForTree(home).catch(() => undefined))) await clock.sleep(askAgainMs, signal);
}

/** Resolves when both supervisor and queue answer. If they do not, it throws the reason. */
export async function untilAnswers(
  { clock, signal }: Context,
  config: BoxConfig,
  gone: Promise<SupervisorExit>,
): Promise<SupervisorView> {
  const giveUpAt = clock.now() + answerTimeoutMs;
  let exit: SupervisorExit | undefined;
  gone.then((how) => { exit = how; }, () => { exit = { code: null, signal: null }; });
  let tree: SupervisorView | undefined;
  for (;;) {
    tree = await askForTree(config.home).catch(() => undefined);
    if (
      tree?.children.some((child) => child.role === 'queue' && child.pid !== undefined) &&
      (await isQueueThere(config.home))
    ) {
      return tree;
    }
    if (exit) throw endedEarly(exit, config.home, ' before the box was up');
    const failure = failureOf(tree?.children ?? [], 'queue');
    if (failure && failure.times >= failuresThatStay) throw queueFails(failure);
    if (clock.now() >= giveUpAt) {
      const who = tree ? 'the queue' : 'the supervisor';
      throw new PinkyError(
        'deadline_exceeded',
        `${who} has not answered for ${answerTimeoutMs / 1000} s; see ${boxPaths(config.home).logDir}: ` +
          `${reason(config.home)}`,
      );
    }
    await clock.sleep(askAgainMs, signal);
  }
}

/** The supervisor says on stderr, in two lines, why it cannot begin (`runMain`). */
const saidBySupervisor = /^pinky: (\w+): (.*)\n {2}(.*)$/m;

/** The error of a supervisor that ended: the one that it said, if it did. */
export function endedEarly(exit: SupervisorExit, home: string, when = ''): PinkyError {
  const said = saidBySupervisor.exec(lastLines(rawOutput(home), 10).join('\n'));
  const [, code = '', message = '', remedy = ''] = said ?? [];
  return isErrorCode(code)
    ? fromErrorAnswer({ code, message: `the supervisor could not start: ${message}`, remedy })
    : new PinkyError('internal', `the supervisor ended ${howText(exit)}${when}: ${reason(home)}`);
}

async function isQueueThere(home: string): Promise<boolean> {
  try {
    await requestOnce({ path: boxPaths(home).queueSocket }, 'servers', {}, { deadlineMs: 1000, greet: greeting() });
    return true;
  } catch {
    return false; // not yet; we ask again
  }
}

const howText = ({ code, signal }: SupervisorExit): string =>
  signal === null ? `with exit code ${code}` : `by ${signal}`;

/** The last lines of the supervisor. */
function reason(home: string): string {
  const raw = lastLines(rawOutput(home), 10);
  const lines = raw.length > 0 ? raw : lastLines(join(boxPaths(home).logDir, 'supervisor.log'), 5);
  return lines.length > 0 ? `\n${lines.join('\n')}` : 'it printed nothing';
}
