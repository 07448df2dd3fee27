import { boxPaths, hasWebhooks, processExits, serverPaths, titlePadding, type BoxConfig } from '@pinky/protocol';
import {
  childSpec,
  defaultRestart,
  nodeProgram,
  noExitIsMeant,
  type ChildSpec,
  type RestartOptions,
} from '@pinky/supervisor';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { apiName, queueName, redisName, serverIdOf, webhooksName, workerName } from './child-names.js';
import { ladders } from './ladders.js';

/** The programs that the supervisor runs: files of Node programs, and the command of Redis. */
export interface BoxPrograms {
  readonly worker: string;
  readonly queue: string;
  readonly api: string;
  readonly webhooks: string;
  readonly redisServer: string;
}

/** The exit codes that mean something to the tree. Every other code is a crash. */
const workerExits = {
  [processExits.done]: 'done',
  [processExits.handedOver]: 'handedOver',
  [processExits.occupied]: 'occupied',
} as const;

/** Queue, API and webhooks never end by themselves, so an exit code 0 that nobody asked for is a crash. */
const { [processExits.done]: _crash, ...neverDone } = workerExits;

/** How each child of one box is run. Built anew when the configuration changes. */
export class ChildSpecs {
  constructor(readonly config: BoxConfig, private readonly programs: BoxPrograms) {}

  /** The spec of a child that runs for good; undefined for a successor and for Redis. */
  of(name: string): ChildSpec | undefined {
    if (name === queueName) return this.queue();
    if (name === apiName) return this.api();
    if (name === webhooksName) return this.webhooks();
    const serverId = serverIdOf(name);
    return serverId === undefined ? undefined : this.worker(serverId);
  }

  queue(): ChildSpec {
    return { ...this.#nodeChild(this.programs.queue, queueName), exitCodes: neverDone };
  }

  /** Nothing depends on it: if it crashes again and again, it is tried after growing pauses, and the log says so. */
  api(): ChildSpec {
    return {
      ...this.#nodeChild(this.programs.api, apiName),
      exitCodes: neverDone,
      isWanted: () => this.config.api?.isEnabled === true,
    };
  }

  /** The same. It is wanted as long as the box has a webhook. */
  webhooks(): ChildSpec {
    return {
      ...this.#nodeChild(this.programs.webhooks, webhooksName),
      exitCodes: neverDone,
      isWanted: () => hasWebhooks(this.config.home),
    };
  }

  /** A worker is wanted as long as the folder of its server exists. */
  worker(serverId: string): ChildSpec {
    return {
      ...this.#nodeChild(this.programs.worker, workerName(serverId)),
      isWanted: () => existsSync(serverPaths(this.config.servers, serverId).dir),
    };
  }

  /** A successor takes over by handoff or not at all. If it ends before that, nothing is lost. */
  successor(serverId: string): ChildSpec {
    const spec = this.worker(serverId);
    return { ...spec, env: { ...spec.env, PINKY_SUCCESSOR: '1' }, isWanted: () => false };
  }

  #nodeChild(file: string, name: string): ChildSpec {
    const { config } = this;
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
      exitCodes: workerExits,
    });
  }
}

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

const restartOf = ({ crashLoop }: BoxConfig): RestartOptions => ({
  ...defaultRestart,
  limit: crashLoop.limit,
  halfLifeMs: crashLoop.halfLifeMs,
  firstBackoffMs: crashLoop.firstBackoffMs,
  maxBackoffMs: crashLoop.maxBackoffMs,
  atCrashLoop: 'keepTrying', // nobody would look after a game without a worker, or a box without a queue
});

function environment(config: BoxConfig): Record<string, string> {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH: PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: HOME ?? '/',
    LANG: LANG ?? 'C.UTF-8',
    PINKY_HOME: config.home,
  };
}
