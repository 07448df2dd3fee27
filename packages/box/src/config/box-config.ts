import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { boxPaths, errnoOf, findEffectiveConfig, PinkyError, type BoxConfig } from '@pinky/protocol';
import { apiOf } from '../api/api-config.js';
import { chosenIsolation } from '../home/home-isolation.js';
import { assertServersOurs } from '../home/servers-owner.js';
import { longestSocketPath } from '../home/socket-path.js';
import { pinkyVersion } from '../home/version.js';
import { writeEffectiveConfig } from '../home/write-effective-config.js';
import { webhooksOf } from '../webhooks/webhooks-config.js';
import type { Option } from '../options/option.js';
import { options, type OptionValues } from '../options/options.js';
import { readOptions } from './read-options.js';

export interface ConfigRequest {
  readonly home: string;
  /** `--config`. Default: pinky.yml in the home. */
  readonly configFile?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Options that the command line sets, by their paths. */
  readonly overrides?: Readonly<Record<string, string>>;
}

/** The checked configuration of a box. Its private Redis keeps the password of the last start. Throws `bad_option`. */
export function loadConfig({ home, configFile, env, overrides = {} }: ConfigRequest): BoxConfig {
  if (Buffer.byteLength(boxPaths(home).redisSocket) > longestSocketPath) {
    throw new PinkyError(
      'bad_option',
      `$PINKY_HOME: ${home} is too long for the sockets in it; use a path of at most ${longestSocketPath - 17} ` +
        'characters',
    );
  }
  const file = configFile ?? boxPaths(home).config;
  const values = readOptions({ home, file, text: textOf(file, configFile !== undefined), env, overrides });
  const config = boxConfig(
    home,
    file,
    values,
    findEffectiveConfig(home)?.redisPassword ?? randomBytes(24).toString('hex'),
  );
  return { ...config, overrides: { ...fixedByEnvironment(env), ...overrides } };
}

/** Variables for options that cannot change while the box runs. They are stored: a reload may lack them. */
const fixedByEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    fixedOptions.flatMap((option) => {
      const text = option.env === undefined ? undefined : env[option.env];
      return text ? [[option.path, text]] : [];
    }),
  );

/**
 * Reads the configuration again. Options that cannot change while the box runs keep their value; `kept` lists them. One
 * with which the next `pinky up` would fail, because the servers are another home's, is refused at once.
 */
export function reloadConfig({ home, env }: Pick<ConfigRequest, 'home' | 'env'>): {
  readonly config: BoxConfig;
  readonly kept: readonly string[];
} {
  const old = findEffectiveConfig(home);
  if (!old) return { config: loadConfig({ home, env }), kept: [] };
  const isOwnFile = old.configFile !== undefined && old.configFile !== boxPaths(home).config;
  const fresh = loadConfig({
    home,
    env: withoutFixed(env),
    overrides: old.overrides ?? {},
    ...(isOwnFile && { configFile: old.configFile }),
  });
  if (fresh.servers !== old.servers) assertServersOurs(fresh);
  return keepFixed(fresh, old);
}

/** Takes options that cannot change while the box runs from `old`. `kept` lists those that would have changed. */
export function keepFixed(
  { redis, ...fresh }: BoxConfig,
  old: BoxConfig,
): { readonly config: BoxConfig; readonly kept: readonly string[] } {
  const asked = { ...fresh, redis };
  const kept = fixedOptions.map((option) => option.path as FixedField).filter((field) => asked[field] !== old[field]);
  return {
    config: {
      ...fresh,
      box: old.box,
      servers: old.servers,
      ...(old.redis !== undefined && { redis: old.redis }),
      ...(old.overrides && { overrides: old.overrides }),
      ...(old.areStartsHeld && { areStartsHeld: true }),
    },
    kept,
  };
}

/** Reads the configuration again and writes effective.json, as USR2 and `pinky reload` ask for. */
export function refreshConfig(request: Pick<ConfigRequest, 'home' | 'env'>): BoxConfig {
  const { config } = reloadConfig(request);
  writeEffectiveConfig(config);
  return config;
}

const fixedOptions: readonly Option[] = options.filter((option) => !option.isReloaded);

const withoutFixed = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !fixedOptions.some((option) => option.env === name)));

/** Options that the next `pinky up` applies. BoxConfig has them under the same names. */
type FixedField = 'box' | 'servers' | 'redis';

function textOf(file: string, isAskedFor: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT' && !isAskedFor) return '';
    throw new PinkyError(
      'bad_option',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Nothing where nothing is set: then Node's own defaults apply. */
function tlsOf(v: OptionValues): Pick<BoxConfig, 'redisTls'> {
  const [ca, cert, key, serverName] = [
    v['redis_tls.ca'],
    v['redis_tls.cert'],
    v['redis_tls.key'],
    v['redis_tls.server_name'],
  ];
  const redisTls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { serverName }),
  };
  return Object.keys(redisTls).length === 0 ? {} : { redisTls };
}

function storeOf(v: OptionValues): Pick<BoxConfig['backup'], 'bucket' | 'store'> {
  const [bucket, store] = [v['backup.bucket'], v['backup.store']];
  return { ...(bucket !== undefined && { bucket }), ...(store !== undefined && { store }) };
}

function usersOf(v: OptionValues): NonNullable<BoxConfig['isolation']>['users'] {
  const name = v['users.name'];
  return {
    first: v['users.first'],
    count: v['users.count'],
    ...(name !== undefined && { name }),
    allowed: v['users.allowed'],
  };
}

const limitsOf = (v: OptionValues, disk = v['limits.disk']): NonNullable<BoxConfig['limits']> => ({
  hasMemory: v['limits.memory'],
  headroomBytes: v['limits.memory_headroom'],
  processes: v['limits.processes'],
  cpuWeight: v['limits.cpu_weight'],
  cpuQuotaPercent: v['limits.cpu_quota'],
  oomScore: v['limits.oom_score'],
  openFiles: v['limits.open_files'],
  ...(disk !== undefined && { diskBytes: disk }),
});

function s3Of(v: OptionValues): NonNullable<BoxConfig['s3']> {
  const [endpoint, region, isPathStyle] = [v['s3.endpoint'], v['s3.region'], v['s3.path_style']];
  return { region, ...(endpoint !== undefined && { endpoint }), ...(isPathStyle !== undefined && { isPathStyle }) };
}

function awsOf(v: OptionValues): Pick<BoxConfig, 'aws'> {
  const [accessKey, secretKey, sessionToken] = [v['aws.access_key'], v['aws.secret_key'], v['aws.session_token']];
  if (accessKey === undefined || secretKey === undefined) return {};
  return { aws: { accessKey, secretKey, ...(sessionToken !== undefined && { sessionToken }) } };
}

function boxConfig(home: string, configFile: string, v: OptionValues, redisPassword: string): BoxConfig {
  const { redis } = v;
  const [keep, maxBytes] = [v['backup.keep'], v['retention.max_size']];
  return {
    box: v.box,
    home,
    configFile,
    servers: v.servers,
    backups: v.backups,
    funpacks: v.funpacks,
    redisPassword,
    logLevel: v.log_level,
    logSizeBytes: v.log_size,
    logFiles: v.log_files,
    consoleHistoryBytes: v.console_history,
    ...(redis !== undefined && { redis }),
    game: { openFiles: v['game.open_files'], umask: v['game.umask'], onHang: v['game.on_hang'] },
    isolation: {
      ...chosenIsolation(v.isolation, { home, servers: v.servers }),
      users: usersOf(v),
      visible: v.visible ?? [],
    },
    limits: limitsOf(v),
    ...tlsOf(v),
    ports: { first: v['ports.first'], step: v['ports.step'], count: v['ports.count'] },
    launches: { atOnce: v['launches.at_once'] },
    definitions: { unusedForMs: v['definitions.unused_for'] },
    retention: {
      allMs: v['retention.all_for'],
      newest: v['retention.newest'],
      hourlyMs: v['retention.hourly_for'],
      dailyMs: v['retention.daily_for'],
      weeklyMs: v['retention.weekly_for'],
      monthlyMs: v['retention.monthly_for'],
      ...(maxBytes !== undefined && { maxBytes }),
    },
    backup: {
      intervalMs: v['backup.interval'],
      ...(keep !== undefined && { keep }),
      timeLimitMs: v['backup.time_limit'],
      format: v['backup.format'],
      isIncremental: v['backup.incremental'],
      fullEveryMs: v['backup.full_every'],
      ...storeOf(v),
      isEncrypted: v['backup.encrypt'],
    },
    parked: { keepForMs: v['parked.keep_for'], maxSize: v['parked.max_size'] },
    disk: { reserve: v['disk.reserve'] },
    events: { cap: v['events.cap'], unpublishedLimitBytes: v['events.unpublished_limit'] },
    keepAnswersMs: v.keep_answers,
    heartbeatIntervalMs: v.heartbeat_interval,
    worker: {
      heartbeatIntervalMs: v['worker.heartbeat_interval'],
      heartbeatTimeoutMs: v['worker.heartbeat_timeout'],
      gracefulKillTimeoutMs: v['worker.graceful_kill_timeout'],
      immediateKillTimeoutMs: v['worker.immediate_kill_timeout'],
      hasStandby: v['worker.standby'],
    },
    crashLoop: {
      limit: v['crash_loop.limit'],
      halfLifeMs: v['crash_loop.half_life'],
      firstBackoffMs: v['crash_loop.first_backoff'],
      maxBackoffMs: v['crash_loop.max_backoff'],
    },
    archives: {
      maxBytes: v['archives.max_size'],
      maxEntries: v['archives.max_entries'],
      maxRatio: v['archives.max_ratio'],
    },
    cache: { unusedForMs: v['cache.unused_for'], unusedBytes: v['cache.unused_size'] },
    allowedHosts: v.allowed_hosts,
    ...(v.groups && { groups: v.groups }),
    s3: s3Of(v),
    ...awsOf(v),
    api: apiOf(v),
    webhooks: webhooksOf(v),
    version: pinkyVersion(),
  };
}
