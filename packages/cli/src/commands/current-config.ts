import type { BoxConfig } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { readEffectiveConfig } from '../config/effective.js';

/** The configuration that the box runs with; before its first start, the one it would be started with. */
export async function currentConfig({ home, configFile, env }: Context): Promise<BoxConfig> {
  const effective = readEffectiveConfig(home);
  if (effective) return effective;
  const { loadConfig } = await import('../config/box-config.js');
  return loadConfig({ home, configFile, env });
}
