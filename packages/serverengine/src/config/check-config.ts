import { PinkyError } from '@pinky/protocol/base';
import { camelCase, configKeys, snakeCase } from './keys.js';
import type { EffectiveConfig, ServerConfig } from './server-config.js';

/** A configuration with its keys in either spelling. */
export type GivenConfig = ServerConfig | Readonly<Record<string, unknown>>;

/**
 * Checks a configuration and fills in the defaults. Hands on keys without a meaning unchanged. The same key in both
 * spellings, or a bad value: `bad_option` with the key as it was given.
 */
export function checkConfig(given: GivenConfig): EffectiveConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const what = Array.isArray(given) ? 'a list' : String(given);
    throw new PinkyError('bad_option', `a configuration is an object, not ${what}`);
  }
  const own: Record<string, unknown> = {};
  const known: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = camelCase(key);
    const isKnown = Object.hasOwn(configKeys, name);
    if (!isKnown) own[key] = value;
    else if (name in known) throw new PinkyError('bad_option', `${name} is given twice, also as ${snakeCase(name)}`);
    else known[name] = valueOf(key, name, value);
  }
  const defaults = Object.fromEntries(
    Object.entries(configKeys).map(([name, { default: fallback }]) => [name, fallback]),
  );
  // The cast holds: every known key was checked or has its default.
  return Object.freeze({ ...own, ...defaults, ...known }) as EffectiveConfig;
}

function valueOf(key: string, name: string, value: unknown): unknown {
  const rule = configKeys[name];
  if (!rule || value === null || value === undefined) return rule?.default;
  const wanted = rule.check(value);
  if (wanted !== undefined) throw new PinkyError('bad_option', `bad ${key} ${JSON.stringify(value)}: ${wanted}`);
  return value;
}

/** The configuration after a reload. It is the new one, but keys that cannot be reloaded keep their first values. */
export function afterReload(atStart: EffectiveConfig, next: EffectiveConfig): EffectiveConfig {
  const kept = Object.keys(configKeys)
    .filter((name) => configKeys[name]?.isReloadable === false)
    .map((name) => [name, atStart[name]]);
  const config = { ...next, ...Object.fromEntries(kept) };
  // A file cannot become a stream, as in ServerEngine, because a daemon's streams lead nowhere.
  const log = isFile(atStart['log']) && !isFile(next['log']) ? atStart['log'] : next['log'];
  // The cast holds: both parts are effective configurations.
  return Object.freeze({ ...config, log }) as EffectiveConfig;
}

const isFile = (log: unknown): boolean => typeof log === 'string' && log !== '-';
