import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDuration, PinkyError } from '@pinky/protocol';
import { parseRedisAddress } from '@pinky/queue/address';
import { apiContradiction } from '../api/api-config.js';
import { expandPath } from '../home/default-home.js';
import { optionKinds } from '../options/option-kinds.js';
import { valueSchema } from '../options/option-schema.js';
import type { Option } from '../options/option.js';
import { options, type OptionValues } from '../options/options.js';
import { parseShare, parseSize } from '../options/sizes.js';
import { badValue, readYamlFile, type ConfigProblem } from './yaml-file.js';

/** Where options come from. `overrides` (the command line) come first, then `env`, the file, and the defaults. */
export interface OptionSources {
  readonly home: string;
  readonly file: string;
  /** Content of the file. Empty if there is none. */
  readonly text: string;
  readonly env: NodeJS.ProcessEnv;
  readonly overrides: Readonly<Record<string, string>>;
}

/** Every option, checked. Throws `bad_option`, which names each wrong option with its line or variable. */
export function readOptions(sources: OptionSources): OptionValues {
  const file = readYamlFile(sources.file, sources.text, options);
  const problems: ConfigProblem[] = [...file.problems];
  const values = new Map<string, unknown>();
  const where = new Map<string, string>();
  for (const option of options) {
    const given = fromText(option, sources, problems);
    if (given) where.set(option.path, given.where);
    values.set(
      option.path,
      expanded(
        option,
        given ? given.value : (file.values.get(option.path) ?? defaultOf(option, sources.home)),
        sources,
      ),
    );
  }
  // The table gave each path a value of its own kind, and OptionValues says the same.
  const checked = Object.fromEntries(values) as OptionValues;
  const at = (path: string): string =>
    where.get(path) ?? [...where].find(([given]) => given.startsWith(`${path}.`))?.[1] ?? file.where(path);
  if (problems.length === 0) {
    problems.push(...contradictions(checked).map(({ path, message }) => ({ where: at(path), message })));
  }
  if (problems.length > 0) {
    throw new PinkyError('bad_option', problems.map((problem) => `${problem.where}: ${problem.message}`).join('\n'), {
      details: { problems },
    });
  }
  return checked;
}

/** A value from the command line or the environment. A bad one is added to `problems`. */
function fromText(
  option: Option,
  { overrides, env }: OptionSources,
  problems: ConfigProblem[],
): { where: string; value: unknown } | undefined {
  const flag = overrides[option.path];
  const variable = [option.env, option.otherEnv].find((name) => name !== undefined && env[name]);
  const text = flag ?? (variable === undefined ? undefined : env[variable]);
  if (text === undefined || text === '') return undefined;
  const where = flag === undefined ? `$${variable}` : `--${option.path}`;
  const kind = optionKinds[option.kind];
  const checked = valueSchema(option).safeParse('fromText' in kind ? kind.fromText(text) : text);
  if (!checked.success) problems.push({ where, message: badValue(option, text) });
  return { where, value: checked.data };
}

/** Defaults are written as in pinky.yml, with lists separated by `, `. */
function defaultOf(option: Option, home: string): unknown {
  const text = option.default?.replaceAll('$PINKY_HOME', home).replaceAll('$PINKY_SHIPPED', shippedRoot());
  if (text === undefined) return undefined;
  switch (option.kind) {
    case 'duration': return parseDuration(text);
    case 'size': return parseSize(text);
    case 'integer': return Number(text);
    case 'switch': return text === 'yes';
    case 'paths': case 'hosts': case 'networks': case 'users': return text === '' ? [] : text.split(', ');
    case 'share': return parseShare(text);
    default: return text;
  }
}

/** All relative paths start at the home: a box must not depend on the folder in which `pinky up` was typed. */
function expanded(option: Option, value: unknown, { home, env }: OptionSources): unknown {
  if (option.kind === 'store' && typeof value === 'string' && /^[/~]/.test(value)) return expandPath(value, home, env);
  if (option.kind === 'path' && typeof value === 'string') return expandPath(value, home, env);
  if (option.kind === 'paths' && Array.isArray(value)) return value.map((path) => expandPath(String(path), home, env));
  return value;
}

/** The folder with the funpacks that ship with Pinky: the root of the clone, or of the installed package. */
function shippedRoot(): string {
  const packageRoot = resolve(__dirname, '..', '..');
  const clone = resolve(packageRoot, '..', '..');
  return existsSync(join(clone, 'funpacks')) ? clone : packageRoot;
}

const tlsOptions = ['redis_tls.ca', 'redis_tls.cert', 'redis_tls.key', 'redis_tls.server_name'] as const;

const isOverTls = (address: string | undefined): boolean =>
  address !== undefined && parseRedisAddress(address).tls !== undefined;

/** Options that are fine by themselves but contradict each other. */
function contradictions(values: OptionValues): { path: string; message: string }[] {
  const rules: readonly { path: string; isWrong: boolean; message: string }[] = [
    {
      path: 'worker.heartbeat_timeout',
      isWrong: values['worker.heartbeat_timeout'] <= values['worker.heartbeat_interval'],
      message: '`worker.heartbeat_timeout` must be longer than `worker.heartbeat_interval`',
    },
    {
      path: 'crash_loop.max_backoff',
      isWrong: values['crash_loop.max_backoff'] < values['crash_loop.first_backoff'],
      message: '`crash_loop.max_backoff` must be at least `crash_loop.first_backoff`',
    },
    {
      path: 'ports',
      isWrong: values['ports.first'] + values['ports.step'] * (values['ports.count'] - 1) > 65_535,
      message: '`ports` reaches beyond 65535: first + step × (count − 1) must be at most that',
    },
    {
      path: 'redis_tls',
      isWrong: (values['redis_tls.cert'] === undefined) !== (values['redis_tls.key'] === undefined),
      message: '`redis_tls.cert` and `redis_tls.key` must be set together',
    },
    {
      path: 'redis_tls',
      isWrong: tlsOptions.some((path) => values[path] !== undefined) && !isOverTls(values.redis),
      message:
        '`redis_tls` needs an address with TLS: rediss://…, rediss+sentinel://…, or `tls: true` beside `sentinels`',
    },
    apiContradiction(values),
    {
      path: 'aws',
      isWrong: (values['aws.access_key'] === undefined) !== (values['aws.secret_key'] === undefined),
      message: '`aws.access_key` and `aws.secret_key` must be set together',
    },
  ];
  return rules.filter((rule) => rule.isWrong);
}
