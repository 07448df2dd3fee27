import {
  afterReload,
  camelCase,
  checkConfig,
  configKeys,
  hookedStreams,
  type EffectiveConfig,
} from '@pinky/serverengine';
import {
  compare,
  decided,
  failed,
  observes,
  replayBy,
  type ReplayContext,
  type ReplayResult,
  type VectorCase,
} from './replay.js';

interface KeyCase extends VectorCase {
  readonly key: string;
  readonly default?: unknown;
  readonly default_in_manual?: unknown;
  readonly value_when_null_is_given?: unknown;
  readonly reload_trial?: { readonly new_value: unknown; readonly value_after_reload: unknown };
  readonly reloadable_in_manual?: boolean;
  readonly reload_from_file_to_other_file?: boolean;
}

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
const valueOf = (config: EffectiveConfig, key: string): unknown => config[camelCase(key)] ?? null;
const withKey = (key: string, value: unknown): EffectiveConfig => checkConfig({ [key]: value });

/** Keys that start and control a daemon on Windows. */
const ofWindows: readonly string[] = ['windows_daemon_cmdline', 'command_pipe', 'parent_pid'];

/**
 * The case in our terms. A Ruby class as a default is our library's own, which has no name here. A missing switch and a
 * switch that is off are the same.
 */
function translated(c: KeyCase): KeyCase {
  const isSwitch = typeof checkConfig({})[camelCase(c.key)] === 'boolean';
  const translate = (value: unknown): unknown =>
    typeof value === 'string' && value.includes('::')
      ? null
      : isSwitch && (value === null || value === undefined)
        ? false
        : value;
  const trial = c.reload_trial;
  return {
    ...c,
    default: translate(c.default),
    ...('default_in_manual' in c && { default_in_manual: translate(c.default_in_manual) }),
    ...('value_when_null_is_given' in c && { value_when_null_is_given: translate(c.value_when_null_is_given) }),
    ...(trial && {
      reload_trial: { new_value: trial.new_value, value_after_reload: translate(trial.value_after_reload) },
    }),
  };
}

/** A default, the value for null, and the value after a reload. If manual and record differ, the manual counts. */
function key(vector: VectorCase): ReplayResult {
  const c = translated(vector as KeyCase);
  if (ofWindows.includes(c.key)) {
    return decided(
      Object.hasOwn(configKeys, camelCase(c.key)),
      false,
      'Windows is not supported, so its keys have no meaning',
    );
  }
  if (!Object.hasOwn(configKeys, camelCase(c.key))) return failed(`${c.key} is no key of ours`);
  const start = checkConfig({});
  const trial = c.reload_trial;
  const ours = {
    default: valueOf(start, c.key), null: valueOf(withKey(c.key, null), c.key),
    ...(trial && { afterReload: valueOf(afterReload(start, withKey(c.key, trial.new_value)), c.key) }),
  };
  const recorded = {
    default: c.default ?? null,
    null: 'value_when_null_is_given' in c ? c.value_when_null_is_given : ours.null,
    ...(trial && { afterReload: trial.value_after_reload }),
  };
  const result = compare(ours, recorded);
  if (result.status === 'passed') return result;
  if (c.key === 'restart_worker_interval') {
    return decided(ours, { ...recorded, default: null, null: null }, 'not given means growing pauses, 0 means at once');
  }
  return decided(ours, byManual(c, recorded), 'the manual\'s defaults and reloads hold, and null means the default');
}

/** The values that the manual promises, where it differs from the record. */
function byManual(c: KeyCase, recorded: { readonly default: unknown; readonly afterReload?: unknown }): object {
  const value = ('default_in_manual' in c ? c.default_in_manual : recorded.default) ?? null;
  const trial = c.reload_trial;
  if (!trial) return { default: value, null: value };
  const recordedReload = recorded.afterReload === recorded.default ? value : recorded.afterReload;
  const afterReload = c.reloadable_in_manual === true ? trial.new_value : recordedReload;
  return { default: value, null: value, afterReload };
}

function log(vector: VectorCase): ReplayResult {
  const c = vector as KeyCase & { readonly [field: string]: unknown };
  const after = (from: unknown, to: unknown): unknown => afterReload(withKey('log', from), withKey('log', to))['log'];
  const ours = {
    default: checkConfig({})['log'] === undefined ? 'standard error' : checkConfig({})['log'],
    value_dash: withKey('log', '-')['log'] === '-' ? 'standard output' : undefined,
    reload_from_file_to_other_file: after('/a', '/b') === '/b',
    reload_from_file_to_stream: after('/a', '-') === '/a' ? 'stays on the file' : 'moves',
    reload_from_stream_to_file: after('-', '/a') === '/a' ? 'moves to the file' : 'stays',
  };
  return compare(ours, Object.fromEntries(Object.keys(ours).map((name) => [name, c[name]])));
}

function streams({ observed }: VectorCase): ReplayResult {
  const hooked = (config: EffectiveConfig): object => ({
    log_stdout: hookedStreams(config).hookStdout,
    log_stderr: hookedStreams(config).hookStderr,
  });
  return compare({ log_not_given: hooked(checkConfig({})), log_dash: hooked(withKey('log', '-')) }, observed);
}

/** The signals between our processes. */
const signals = {
  graceful_stop: 'TERM',
  immediate_stop: 'QUIT',
  graceful_restart: 'USR1',
  immediate_restart: 'HUP',
  reload: 'USR2',
  detach: 'INT',
  dump: 'CONT',
};

/** Replays a case of kind G. */
export function replayConfig(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  return replayBy(
    [
      {
        fits: ({ id }) => id === 'config-signals-used-between-the-processes',
        run: ({ observed }) => compare(signals, observed),
      },
      { fits: observes('log_dash'), run: streams },
      { fits: (c) => 'value_dash' in c, run: log },
      { fits: (c) => typeof c['key'] === 'string', run: key },
    ],
    vector,
    context,
  );
}
