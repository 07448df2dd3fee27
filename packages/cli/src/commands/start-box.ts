import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boxPaths, PinkyError, requestOnce, titlePadding, type BoxConfig } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { lastLines } from '../observe/disk.js';
import { greeting } from '../talk/greeting.js';
import { askForTree, type SupervisorView } from '../talk/supervisor.js';

/** Until the supervisor and the queue of a box that was just started must answer, milliseconds. */
const answerTimeoutMs = 30_000;
const askAgainMs = 50;

/** In a session of its own: what is typed at our terminal is not for it, and it outlives us. */
export function startSupervisor(config: BoxConfig, env: NodeJS.ProcessEnv): ChildProcess {
  const program = supervisorProgram(env);
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

/** The program that runs a box. The variable is for tests, which put a small one in its place. */
const supervisorProgram = (env: NodeJS.ProcessEnv): string =>
  env['PINKY_SUPERVISOR'] ?? resolve(__dirname, '..', 'box', 'main.js');

/** What the supervisor prints past its log: the reason, should it not even come up. */
const rawOutput = (home: string): string => join(boxPaths(home).logDir, 'supervisor.out');

/** How the supervisor ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const exitOf = (child: ChildProcess): Promise<Exit> => new Promise((done, failed) => {
  child.once('error', failed);
  child.once('exit', (code, signal) => done({ code, signal }));
});

/** Resolves once supervisor and queue both answer. Throws why they do not. */
export async function untilAnswers(
  { clock, signal }: Context,
  config: BoxConfig,
  gone: Promise<Exit>,
): Promise<SupervisorView> {
  const giveUpAt = clock.now() + answerTimeoutMs;
  let exit: Exit | undefined;
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
    if (exit) {
      throw new PinkyError(
        'internal',
        `the supervisor ended ${howText(exit)} before the box was up: ${reason(config.home)}`,
      );
    }
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

async function isQueueThere(home: string): Promise<boolean> {
  try {
    await requestOnce({ path: boxPaths(home).queueSocket }, 'servers', {}, { deadlineMs: 1000, greet: greeting() });
    return true;
  } catch {
    return false; // not yet: asked again
  }
}

export const howText = ({ code, signal }: Exit): string =>
  signal === null ? `with exit code ${code}` : `by ${signal}`;

/** The last that the supervisor said. */
export function reason(home: string): string {
  const raw = lastLines(rawOutput(home), 10);
  const lines = raw.length > 0 ? raw : lastLines(join(boxPaths(home).logDir, 'supervisor.log'), 5);
  return lines.length > 0 ? `\n${lines.join('\n')}` : 'it said nothing';
}
