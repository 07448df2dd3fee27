import type { Effective } from '../config/server-config.js';

/** The title of a worker process; `%d` stands for its id. */
export const titleOf = (config: Effective, workerId: number): string | undefined =>
  config['workerProcessName']?.replace(/%[ds]/, String(workerId));
