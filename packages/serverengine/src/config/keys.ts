import {
  anyOf,
  count,
  functionOrPath,
  isLevelName,
  listOfCodes,
  listOfTexts,
  mask,
  nothing,
  optional,
  ratio,
  rotation,
  seconds,
  secondsOrNever,
  signalName,
  someText,
  textOrNumber,
  trueOrFalse,
  type ValueCheck,
} from './values.js';

/** A key of the configuration: its default, whether a reload changes it, and its values. */
export interface ConfigKey {
  readonly default: unknown;
  readonly isReloadable: boolean;
  readonly check: ValueCheck;
}

const fixed = (fallback: unknown, check: ValueCheck): ConfigKey => ({ default: fallback, isReloadable: false, check });
const live = (fallback: unknown, check: ValueCheck): ConfigKey => ({ default: fallback, isReloadable: true, check });
/** The server's ladder and the workers' have the same keys and defaults. */
const ladder = [
  ['HeartbeatInterval', live(1, seconds)],
  ['HeartbeatTimeout', live(180, secondsOrNever)],
  ['GracefulKillInterval', live(15, seconds)],
  ['GracefulKillIntervalIncrement', live(10, seconds)],
  ['GracefulKillTimeout', live(600, secondsOrNever)],
  ['ImmediateKillInterval', live(10, seconds)],
  ['ImmediateKillIntervalIncrement', live(10, seconds)],
  ['ImmediateKillTimeout', live(600, secondsOrNever)],
] as const;
const ladderOf = (prefix: 'server' | 'worker'): Record<string, ConfigKey> =>
  Object.fromEntries(ladder.map(([name, key]) => [`${prefix}${name}`, key]));

/** Every key that has a meaning, by its name in camelCase. The defaults are those of ServerEngine's manual. */
export const configKeys: Readonly<Record<string, ConfigKey>> = {
  workerType: fixed('embedded', anyOf('embedded', 'thread', 'process', 'spawn')),
  daemonize: fixed(false, trueOrFalse),
  pidPath: fixed(nothing, optional(someText)),
  supervisor: fixed(false, trueOrFalse),
  daemonProcessName: fixed(nothing, optional(someText)),
  chuser: fixed(nothing, optional(textOrNumber)),
  chgroup: fixed(nothing, optional(textOrNumber)),
  chumask: fixed(nothing, optional(mask)),
  daemonizeErrorExitCode: fixed(1, count(255)),

  serverProcessName: fixed(nothing, optional(someText)),
  restartServerProcess: fixed(false, trueOrFalse),
  enableDetach: fixed(true, trueOrFalse),
  exitOnDetach: fixed(false, trueOrFalse),
  disableReload: fixed(false, trueOrFalse),
  serverRestartWait: live(1, seconds),
  serverDetachWait: live(10, seconds),
  commandSender: fixed('signal', anyOf('signal', 'pipe')),
  ...ladderOf('server'),

  workers: live(1, count()),
  startWorkerDelay: live(0, seconds),
  startWorkerDelayRand: live(0.2, ratio),
  restartWorkerInterval: live(nothing, optional(seconds)),
  unrecoverableExitCodes: fixed([], listOfCodes),
  stopImmediatelyAtUnrecoverableExit: fixed(false, trueOrFalse),

  workerProcessName: live(nothing, optional(someText)),
  ...ladderOf('worker'),
  workerChuser: live(nothing, optional(textOrNumber)),
  workerChgroup: live(nothing, optional(textOrNumber)),
  workerChumask: live(nothing, optional(mask)),
  workerReloadSignal: fixed(nothing, optional(signalName)),
  atParentLoss: live('leave', anyOf('leave', 'stay')),
  adoptDir: fixed(nothing, optional(someText)),
  workerNodeOptions: fixed([], listOfTexts),

  log: live(nothing, optional(someText)),
  logLevel: live('debug', isLevelName),
  logRotateAge: fixed(5, rotation),
  logRotateSize: fixed(1_048_576, count()),
  logStdout: fixed(true, trueOrFalse),
  logStderr: fixed(true, trueOrFalse),
  logFormat: fixed('line', anyOf('line', 'json', 'serverengine')),
  loggerClass: fixed(nothing, optional(functionOrPath)),
  disableSigdump: live(false, trueOrFalse),
  dumpBusyLoops: fixed(false, trueOrFalse),
};

/** `worker_graceful_kill_timeout` → `workerGracefulKillTimeout`. */
export const camelCase = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
/** `workerGracefulKillTimeout` → `worker_graceful_kill_timeout`. */
export const snakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
