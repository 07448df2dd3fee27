import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { boxPaths, PinkyError, requestOnce, titlePadding, type BoxConfig } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../command-line/context.js';
import { loadConfig } from '../config/box-config.js';
import { prepareHome, writeEffectiveConfig } from '../config/effective.js';
import { lastLines } from '../observe/disk.js';
import { LogFiles } from '../observe/log-files.js';
import { greeting } from '../talk/greeting.js';
import { askForTree, type SupervisorView } from '../talk/supervisor.js';
import { readableLog } from './readable-log.js';

/** Until the supervisor and the queue of a box that was just started must answer, milliseconds. */
const answerTimeoutMs = 30_000;
const askAgainMs = 50;

/** `pinky up`: checks and writes the configuration, starts the supervisor, and waits until the box answers. */
export async function up(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  const redis = textFlag(flags, 'redis');
  const config = loadConfig({ home: context.home, configFile: context.configFile, env: context.env, ...(redis !== undefined && { overrides: { redis } }) });
  await refuseSecond(config.home);
  prepareHome(config);
  writeEffectiveConfig(config);
  if (isSet(flags, 'prepare')) {
    context.out.answer({ home: config.home, box: config.box }, () => [`box ${config.box} is prepared in ${config.home}`]);
    return 0;
  }
  const isDaemon = isSet(flags, 'daemonize');
  const logs = new LogFiles(boxPaths(config.home).logDir, (log, line) => { if (log !== 'redis') context.out.line(readableLog(context.out, log, line)); });
  logs.skip();
  const supervisor = startSupervisor(config, context.env);
  const gone = exitOf(supervisor);
  if (isDaemon) {
    supervisor.unref();
    return answer(context, await untilAnswers(context, config, gone), config);
  }
  return stay(context, { config, logs, supervisor, gone });
}

async function refuseSecond(home: string): Promise<void> {
  const running = await askForTree(home).catch((error: unknown) => {
    if (error instanceof PinkyError && error.code === 'supervisor_unreachable') return undefined;
    throw error;
  });
  if (running) throw new PinkyError('already_running', `a supervisor (pid ${running.pid}) owns ${home}`, { details: { pid: running.pid } });
}

/** In a session of its own: what is typed at our terminal is not for it, and it outlives us. */
function startSupervisor(config: BoxConfig, env: NodeJS.ProcessEnv): ChildProcess {
  const program = supervisorProgram(env);
  const out = openSync(rawOutput(config.home), constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND, 0o600);
  try {
    return spawn(process.execPath, [program, config.home, titlePadding], {
      cwd: '/', detached: true, stdio: ['ignore', out, out], env: { ...env, PINKY_HOME: config.home },
    });
  } finally {
    closeSync(out);
  }
}

/** The program that runs a box. The variable is for tests, which put a small one in its place. */
const supervisorProgram = (env: NodeJS.ProcessEnv): string => env['PINKY_SUPERVISOR'] ?? resolve(__dirname, '..', 'box', 'main.js');

/** What the supervisor prints past its log: the reason, should it not even come up. */
const rawOutput = (home: string): string => join(boxPaths(home).logDir, 'supervisor.out');

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const exitOf = (child: ChildProcess): Promise<Exit> => new Promise((done, failed) => {
  child.once('error', failed);
  child.once('exit', (code, signal) => done({ code, signal }));
});

/** Resolves once supervisor and queue both answer. Throws why they do not. */
async function untilAnswers({ clock, signal }: Context, config: BoxConfig, gone: Promise<Exit>): Promise<SupervisorView> {
  const giveUpAt = clock.now() + answerTimeoutMs;
  let exit: Exit | undefined;
  gone.then((how) => { exit = how; }, () => { exit = { code: null, signal: null }; });
  let tree: SupervisorView | undefined;
  for (;;) {
    tree = await askForTree(config.home).catch(() => undefined);
    if (tree?.children.some((child) => child.role === 'queue' && child.pid !== undefined) && (await isQueueThere(config.home))) return tree;
    if (exit) throw new PinkyError('internal', `the supervisor ended ${howText(exit)} before the box was up: ${reason(config.home)}`);
    if (clock.now() >= giveUpAt) {
      const who = tree ? 'the queue' : 'the supervisor';
      throw new PinkyError('deadline_exceeded', `${who} has not answered for ${answerTimeoutMs / 1000} s; see ${boxPaths(config.home).logDir}: ${reason(config.home)}`);
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

const howText = ({ code, signal }: Exit): string => (signal === null ? `with exit code ${code}` : `by ${signal}`);

/** The last that the supervisor said. */
function reason(home: string): string {
  const raw = lastLines(rawOutput(home), 10);
  const lines = raw.length > 0 ? raw : lastLines(join(boxPaths(home).logDir, 'supervisor.log'), 5);
  return lines.length > 0 ? `\n${lines.join('\n')}` : 'it said nothing';
}

function answer({ out, home }: Context, tree: SupervisorView, config: BoxConfig): number {
  const redis = config.redis === undefined ? 'private' : 'own';
  out.answer({ home, box: tree.box, pid: tree.pid, redis }, () => [`box ${tree.box} is up (pid ${tree.pid}), with ${redis === 'own' ? 'your own' : 'a private'} Redis; \`pinky ps\` shows it, \`pinky redis\` says how to reach it`]);
  return 0;
}

interface Foreground {
  readonly config: BoxConfig;
  readonly logs: LogFiles;
  readonly supervisor: ChildProcess;
  readonly gone: Promise<Exit>;
}

const passedOn = {
  SIGINT: 'detaching: games run on, the next `pinky up` takes them over (`pinky down` stops them)',
  SIGTERM: 'stopping: every game is stopped and backed up; `pinky ps --watch` in another terminal shows how far it is',
  SIGQUIT: 'stopping at once',
} as const;

/**
 * Shows the logs until the supervisor ends. INT (Ctrl-C), TERM and QUIT are passed on to it and mean what they mean there;
 * a HUP (the terminal is closed) ends only the show.
 */
async function stay(context: Context, { config, logs, supervisor, gone }: Foreground): Promise<number> {
  const end = new AbortController();
  const following = logs.follow(context.clock, end.signal);
  const hungUp = new Promise<undefined>((resolve) => { context.signals.once('SIGHUP', () => resolve(undefined)); });
  const listeners = Object.entries(passedOn).map(([name, note]) => ({ name, pass: () => {
    context.out.note(note);
    supervisor.kill(name as keyof typeof passedOn); // Object.entries forgets the keys' type
  } }));
  for (const { name, pass } of listeners) context.signals.on(name, pass);
  try {
    void untilAnswers({ ...context, signal: end.signal }, config, gone).then((tree) => answer(context, tree, config), () => undefined);
    const exit = await Promise.race([gone, hungUp]);
    if (exit === undefined || exit.code === 0) return 0;
    throw new PinkyError('internal', `the supervisor ended ${howText(exit)}: ${reason(config.home)}`);
  } finally {
    for (const { name, pass } of listeners) context.signals.off(name, pass);
    end.abort();
    await following;
    supervisor.unref();
  }
}
