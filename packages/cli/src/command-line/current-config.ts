import { ownEffectiveConfig, type BoxConfig } from '@pinky/protocol';
import type { Context } from './context.js';

/** The configuration that the box runs with. Before its first start, the one that it would be started with. */
export async function currentConfig({ home, configFile, env }: Context): Promise<BoxConfig> {
  const effective = ownEffectiveConfig(home);
  if (effective) return effective;
  const { loadConfig } = await import('@pinky/box/config');
  return loadConfig({ home, configFile, env });
}
