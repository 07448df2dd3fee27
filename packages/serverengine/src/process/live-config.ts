import type { EffectiveConfig } from '../config/server-config.js';

/** Adds a `config` that is always the one in effect. */
export function withLiveConfig<T extends object>(
  parts: T,
  config: () => EffectiveConfig,
): T & { readonly config: EffectiveConfig } {
  // The cast holds: the property is defined here.
  return Object.defineProperty(parts, 'config', { get: config, enumerable: true }) as T & {
    readonly config: EffectiveConfig;
  };
}
