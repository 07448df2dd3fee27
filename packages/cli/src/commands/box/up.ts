import type { ChildProcess } from 'node:child_process';
import { guardOwnPorts, keepFixed, loadConfig } from '@pinky/box/config';
import { isCopiedHome, pinkyVersion, prepareHome, writeEffectiveConfig } from '@pinky/box/home';
import { asPinkyError, boxPaths, findEffectiveConfig, PinkyError, type BoxConfig } from '@pinky/protocol';
import type { RedisReport } from '@pinky/queue';
import { assertIdentity } from '@pinky/queue/owner';
import { isSet, textFlag, withSignal, type Context, type Flags } from '../../command-line/context.js';
import { which } from '../../doctor/programs.js';
import { isolationNotes } from '../../known/isolation-words.js';
import { otherCopyNotes } from '../../known/other-copy.js';
import { versionRemoved } from '../../known/removed-release.js';
import { LogFollower } from '../../observe/log-follower.js';
import { findProcesses } from '../../observe/processes.js';
import { openRedisNotes, redisNotes } from '../../observe/redis-row.js';
import { askQueue } from '../../talk/ask-queue.js';
import { claimBoxName } from '../../talk/box-name.js';
import { sayIfOwnerLives } from '../../talk/living-owner.js';
import { askForTree, type SupervisorView } from '../../talk/supervisor.js';
import { refuseUnsafeKey } from './backup-keys.js';
import { PassedSignals } from '../../terminal/passed-signals.js';
import { readableLog } from './readable-log.js';
import {
  endedEarly, exitOf, runsOn, startSupervisor, untilAnswers, untilListens, type SupervisorExit,
} from './start-box.js';

/** `pinky up`: checks the configuration, writes effective.json, starts the supervisor, and waits for its answer. */
export async function up(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  void context.cwd; // whatever it starts must find a working directory
  const isOnlyPrepared = isSet(flags, 'prepare');
  const passed = isOnlyPrepared || isSet(flags, 'daemonize') ? undefined : new PassedSignals(context);
  const redis = textFlag(flags, 'redis');
  const asked = loadConfig({
    home: context.home,
    configFile: context.configFile,
    env: context.env,
    ...(redis !== undefined && { overrides: { redis } }),
  });
  await refuseSecond(asked.home);
  if (isCopiedHome(asked)) context.out.note(context.out.paint('busy', copiedHome));
  if (process.pid === 1) context.out.note(context.out.paint('busy', nodeIsFirst));
  if (context.env['MONGO_URL']) context.out.note(context.out.paint('busy', unusedMongo));
  const { areStartsHeld: _earlier, ...usual } = withWhatRuns(context, asked);
  const config = { ...usual, ...(flags['start'] === false && { areStartsHeld: true }) };
  await refuseUnsafeKey(config);
  prepareHome(config);
  assertIdentity(config.home);
  requireRedis(config, context.env);
  if (isSet(flags, 'takeOver')) await sayIfOwnerLives(context, config);
  const name = await claimBoxName(context, config, isSet(flags, 'takeOver') ? 'takeOver' : 'claim');
  let isUp = false;
  try {
    return await bringUp(context, config, { onUp: () => { isUp = true; }, passed, isOnlyPrepared });
  } finally {
    if (!isUp) await name.release(); // a box that did not come up keeps its name from nobody
  }
}

interface Bringing {
  readonly onUp: () => void;
  /** Undefined where this command does not stay. */
  readonly passed: PassedSignals | undefined;
  readonly isOnlyPrepared: boolean;
}

/** Starts the supervisor. `onUp` is called once the box answers, or is to keep its name without having answered. */
async function bringUp(
  context: Context,
  config: BoxConfig,
  { onUp, passed, isOnlyPrepared }: Bringing,
): Promise<number> {
  writeEffectiveConfig(config);
  tellOpenRedis(context, config, guardOwnPorts(config));
  if (isOnlyPrepared) {
    onUp();
    context.out.answer({ home: config.home, box: config.box }, () => [
      `box ${config.box} is prepared in ${config.home}`,
    ]);
    return 0;
  }
  const isDaemon = passed === undefined;
  const logs = new LogFollower(boxPaths(config.home).logDir, (log, line) => {
    if (log !== 'redis') context.out.line(readableLog(context.out, log, line));
  });
  logs.skip();
  const supervisor = startSupervisor(config, context.env);
  const gone = exitOf(supervisor);
  if (isDaemon) {
    supervisor.unref();
    const tree = await untilAnswers(context, config, gone).finally(() => { if (runsOn(supervisor)) onUp(); });
    return answer(context, tree, config, await ownRedis(context, config));
  }
  return stay(context, {
    config,
    logs,
    supervisor,
    gone,
    onUp,
    passed,
  });
}

function tellOpenRedis({ out }: Context, config: BoxConfig, because: string | undefined): void {
  for (const note of openRedisNotes(config, because === undefined)) out.note(out.paint('busy', `note: ${note}`));
}

/** Node waits only for what it has started itself. The shell script `pinky` starts it below itself (as-init.sh). */
const nodeIsFirst =
  'note: Node is the first process here, so processes that lose their parent stay as zombies; start `pinky` itself, ' +
  'or the container with an init (`docker run --init`)';

/** A copy that has its servers in a folder of its own may be meant, so it is not refused. */
const copiedHome =
  'note: this home was copied from another one; nothing that runs in that one is taken over, and its servers are ' +
  'started here a second time';

/** Earlier boxes of this kind were started with this variable, so scripts may still set it. */
const unusedMongo = 'note: MONGO_URL is set, and not used: Pinky keeps nothing in MongoDB';

/**
 * A queue that outlived its supervisor stays with its Redis. So another Redis in the configuration must wait: programs
 * would send their commands there, and no queue would take them.
 */
function withWhatRuns({ out, home }: Context, asked: BoxConfig): BoxConfig {
  const old = findEffectiveConfig(home);
  if (!old) return asked;
  if (findProcesses(home).some((one) => one.role === 'queue')) {
    const { config, kept } = keepFixed(asked, old);
    for (const option of kept)
      out.note(
        out.paint(
          'busy',
          `note: \`${option}\` stays what the box runs with, because its queue still runs; to change it: \`pinky ` +
            'down --detach`, then `pinky up`',
        ),
      );
    return config;
  }
  if (old.overrides?.['redis'] !== undefined && asked.redis === undefined) {
    out.note(
      out.paint(
        'busy',
        'note: before this start the box used your own Redis, from --redis or PARTY_CLOUD_REDIS; write `redis:` ' +
          'into pinky.yml to always use it',
      ),
    );
  }
  return asked;
}

async function refuseSecond(home: string): Promise<void> {
  const running = await askForTree(home).catch((error: unknown) => {
    if (error instanceof PinkyError && error.code === 'supervisor_unreachable') return undefined;
    throw error;
  });
  if (!running) return;
  if (running.removed !== undefined) throw versionRemoved(running.removed);
  const isOther = running.version !== pinkyVersion();
  const hint = isOther
    ? `; it is version ${running.version}, and \`pinky upgrade\` lets this one take over without stopping a game`
    : '; `pinky ps` shows it, and `pinky down` stops it';
  throw new PinkyError('already_running', `a supervisor (pid ${running.pid}) owns ${home}${hint}`, {
    details: { pid: running.pid },
  });
}

/** The program of a private Redis must be installed, unless its Redis runs already. */
function requireRedis(config: BoxConfig, env: NodeJS.ProcessEnv): void {
  if (config.redis !== undefined || which('redis-server', env['PATH'] ?? '') !== undefined) return;
  if (findProcesses(config.home).some((one) => one.role === 'redis')) return;
  throw new PinkyError(
    'missing_program',
    'redis-server, for the private Redis, is not on PATH: `apt-get install redis-server`, or use your own Redis ' +
      'with --redis',
  );
}

/** How long your own Redis may take before the box counts as up without it, in milliseconds. */
const redisWithinMs = 3000;
const askAgainMs = 50;

/** How the queue stands with your own Redis, once it has had time to reach it. Undefined for a private one. */
async function ownRedis({ clock, signal }: Context, config: BoxConfig): Promise<RedisReport | undefined> {
  if (config.redis === undefined) return undefined;
  const giveUpAt = clock.now() + redisWithinMs;
  for (;;) {
    const report = await askQueue<RedisReport>(config.home, 'redis');
    if (!report || report.state === 'connected' || clock.now() >= giveUpAt) return report;
    await clock.sleep(askAgainMs, signal);
  }
}

function answer({ out, home }: Context, tree: SupervisorView, config: BoxConfig, report?: RedisReport): number {
  const redis = config.redis === undefined ? 'private' : 'own';
  const more = '`pinky ps` shows it, `pinky redis` says how to reach it';
  out.answer({ home, box: tree.box, pid: tree.pid, redis, ...(report && { redisState: report.state }) }, () => [
    out.advice(`box ${tree.box} is up (pid ${tree.pid}), ${redisText(redis, report)}; ${more}`),
  ]);
  const notes = [...redisNotes(tree.box, report), ...isolationNotes(config), ...otherCopyNotes(tree.children)];
  for (const note of notes) out.note(out.paint('busy', `note: ${note}`));
  return 0;
}

function redisText(redis: 'private' | 'own', report: RedisReport | undefined): string {
  if (redis === 'private') return 'with a private Redis';
  return report === undefined || report.state === 'connected'
    ? 'with your own Redis'
    : `with your own Redis, which ${report.state === 'refusing' ? 'refuses what it needs' : 'it does not reach'}`;
}

interface Foreground {
  readonly config: BoxConfig;
  readonly logs: LogFollower;
  readonly supervisor: ChildProcess;
  readonly gone: Promise<SupervisorExit>;
  readonly onUp: () => void;
  readonly passed: PassedSignals;
}

/** It lives, and the box is not up; one that ended says how by its exit. */
function sayTrouble({ out, signal }: Context, error: unknown): void {
  const { code, message, remedy } = asPinkyError(error);
  if (!signal.aborted) out.note(out.paint('bad', `${code}: ${message}\n  ${remedy}`));
}

/**
 * Shows the logs until the supervisor ends, and passes signals on to it. HUP, which comes when the terminal is closed,
 * only ends this command.
 */
async function stay(context: Context, { config, logs, supervisor, gone, onUp, passed }: Foreground): Promise<number> {
  const end = new AbortController();
  const following = logs.follow(context.clock, end.signal);
  passed.follow(supervisor);
  try {
    const present = withSignal(context, end.signal);
    // it hears signals also where its queue fails, and where it needs longer than we wait for the box
    void untilListens(present, config.home).then(() => passed.supervisorListens(), () => undefined);
    void untilAnswers(present, config, gone)
      .finally(() => { if (runsOn(supervisor)) onUp(); })
      .then(async (tree) => {
        answer(context, tree, config, await ownRedis(present, config));
      })
      .catch((error: unknown) => { if (runsOn(supervisor)) sayTrouble(context, error); });
    const exit = await Promise.race([gone, passed.hungUp]);
    if (exit === undefined || exit.code === 0) {
      onUp(); // it lives on without us, or it left as it was asked to
      return 0;
    }
    throw endedEarly(exit, config.home);
  } finally {
    passed.end();
    end.abort();
    await following;
    supervisor.unref();
  }
}
