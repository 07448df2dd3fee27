import type { Effective } from '../config/server-config.js';

/** A context whose `config` is always the one in effect. */
export function withLiveConfig<T extends object>(
  parts: T,
  config: () => Effective,
): T & { readonly config: Effective } {
  // The cast holds: the property is defined here.
  return Object.defineProperty(parts, 'config', { get: config, enumerable: true }) as T & {
    readonly config: Effective;
  };
}
