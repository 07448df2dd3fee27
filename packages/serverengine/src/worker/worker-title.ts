import type { EffectiveConfig } from '../config/server-config.js';

/** The title of a worker process. `%d` stands for the worker's id. */
export const titleOf = (config: EffectiveConfig, workerId: number): string | undefined =>
  config['workerProcessName']?.replace(/%[ds]/, String(workerId));
