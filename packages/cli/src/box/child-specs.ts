import { boxPaths, serverPaths, titlePadding, type BoxConfig } from '@pinky/protocol';
import {
  childSpec,
  defaultLadderOptions,
  defaultRestart,
  nodeProgram,
  noExitIsMeant,
  type ChildSpec,
  type LadderOptions,
  type RestartOptions,
} from '@pinky/supervisor';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the supervisor runs: files of Node programs, and the command of Redis. */
export interface BoxPrograms {
  readonly worker: string;
  readonly queue: string;
  readonly redisServer: string;
}

/** Names of children in the tree; a worker's holds its server's id. */
export const queueName = 'queue';
export const redisName = 'redis';
export const workerName = (serverId: string): string => `worker-${serverId}`;
export const serverIdOf = (name: string): string | undefined =>
  name.startsWith('worker-') ? name.slice('worker-'.length) : undefined;

/** A worker that was started beside the one whose place it is to take. */
export const successorName = (serverId: string): string => `successor-${serverId}`;

/** Pinky's exit codes: 0 done for good, 3 left for a successor, 4 another process owns the server or queue. */
const exitCodes = { 0: 'done', 3: 'handedOver', 4: 'occupied' } as const;

/**
 * From HUP to KILL for a process that has been silent for the whole heartbeat timeout already, milliseconds. Its game
 * does not notice.
 */
const hungMs = 5_000;

/** The ladders towards our own children. */
export const ladders = (config: BoxConfig) => {
  const { heartbeatTimeoutMs, gracefulKillTimeoutMs, immediateKillTimeoutMs } = config.worker;
  const stop: LadderOptions = {
    ...defaultLadderOptions,
    heartbeatTimeoutMs,
    gracefulKillTimeoutMs,
    immediateKillTimeoutMs,
    // A rung ends with a signal's turn: with pauses longer than its timeout it would last longer than it was configured
    // to.
    gracefulKillIntervalMs: pauseWithin(gracefulKillTimeoutMs, defaultLadderOptions.gracefulKillIntervalMs),
    immediateKillIntervalMs: pauseWithin(immediateKillTimeoutMs, defaultLadderOptions.immediateKillIntervalMs),
  };
  const leave: LadderOptions = { ...stop, gracefulSignal: 'SIGHUP', immediateSignal: 'SIGHUP' };
  const hungKillMs = Math.min(hungMs, immediateKillTimeoutMs);
  return {
    /** Ends a worker together with its game: TERM, QUIT, KILL. */
    stop,
    /** Ends a process and leaves its game alone: HUP (exit 3), then KILL. */
    leave,
    /** For those that hang: never TERM or QUIT, which a worker that wakes up would find and end its game. */
    hung: { ...leave, immediateKillTimeoutMs: hungKillMs, immediateKillIntervalMs: hungKillMs } satisfies LadderOptions,
    /** For queue and Redis at the end of an immediate shutdown: a moment for TERM, then KILL. */
    soon: {
      ...stop,
      gracefulKillTimeoutMs: Math.min(3_000, gracefulKillTimeoutMs),
      immediateKillTimeoutMs: Math.min(2_000, immediateKillTimeoutMs),
      immediateKillIntervalMs: 1_000,
    } satisfies LadderOptions,
  };
};

const pauseWithin = (timeoutMs: number, usualMs: number): number =>
  timeoutMs < 0 ? usualMs : Math.min(timeoutMs, usualMs);

const restartOf = ({ crashLoop }: BoxConfig): RestartOptions => ({
  ...defaultRestart,
  limit: crashLoop.limit,
  halfLifeMs: crashLoop.halfLifeMs,
  firstBackoffMs: crashLoop.firstBackoffMs,
  maxBackoffMs: crashLoop.maxBackoffMs,
  atCrashLoop: 'keepTrying', // a game or the queue without its process helps nobody
});

function pinkyChild(config: BoxConfig, file: string, name: string): ChildSpec {
  const { stop, hung } = ladders(config);
  return childSpec({
    ...nodeProgram({ file, args: [serverIdOf(name) ?? ''], titleLength: titlePadding.length }),
    env: environment(config),
    cwd: config.home,
    isDetached: true,
    hasHeartbeat: true,
    output: { file: join(boxPaths(config.home).logDir, `${name}.log`) },
    ladder: stop,
    stalledLadder: hung,
    restart: restartOf(config),
    exitCodes,
  });
}

export const queueSpec = (config: BoxConfig, programs: BoxPrograms): ChildSpec => ({
  ...pinkyChild(config, programs.queue, queueName),
  exitCodes: { 3: 'handedOver', 4: 'occupied' }, // nobody else wants the queue to end: 0 is a crash unless we asked
});

/** A worker is wanted for as long as its server's folder is there. */
export const workerSpec = (config: BoxConfig, programs: BoxPrograms, serverId: string): ChildSpec => ({
  ...pinkyChild(config, programs.worker, workerName(serverId)),
  isWanted: () => existsSync(serverPaths(config.servers, serverId).dir),
});

/** A successor takes over by handoff or not at all: its own end is nobody's loss. */
export const successorSpec = (config: BoxConfig, programs: BoxPrograms, serverId: string): ChildSpec => {
  const spec = workerSpec(config, programs, serverId);
  return { ...spec, env: { ...spec.env, PINKY_SUCCESSOR: '1' }, isWanted: () => false };
};

export const redisSpec = (config: BoxConfig, programs: BoxPrograms, confFile: string): ChildSpec => {
  const { heartbeatTimeoutMs: _none, ...ladder } = ladders(config).stop;
  return childSpec({
    command: programs.redisServer,
    args: [confFile],
    env: environment(config),
    cwd: boxPaths(config.home).redisDir,
    isDetached: true,
    output: { file: join(boxPaths(config.home).logDir, `${redisName}.log`) },
    ladder,
    restart: restartOf(config),
    exitCodes: noExitIsMeant,
  });
};

function environment(config: BoxConfig): Record<string, string> {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH: PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: HOME ?? '/',
    LANG: LANG ?? 'C.UTF-8',
    PINKY_HOME: config.home,
  };
}
