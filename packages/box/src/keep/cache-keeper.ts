import { boxPaths, toErrorAnswer, type BoxConfig, type Clock, type Logger } from '@pinky/protocol';
import type { PruneTask, RunnerResults } from '@pinky/funpack-runner/light';

/** Pause before the first round, in which the servers of the box come up, and between two rounds. Milliseconds. */
const firstRoundMs = 60_000;
const roundMs = 3_600_000;

export interface CacheKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Does the work. Default: a funpack-runner, so that large folders do not hold up the supervisor. */
  readonly prune?: (task: PruneTask, signal: AbortSignal) => Promise<RunnerResults['prune']>;
}

/** Keeps the cache of funpacks within its limits, once an hour. */
export class CacheKeeper {
  constructor(private readonly options: CacheKeeperOptions) {}

  /** Resolves when the signal aborts. A round that fails is only logged. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    for (let pauseMs = firstRoundMs; !signal.aborted; pauseMs = roundMs) {
      await clock.rest(pauseMs, signal);
      if (!signal.aborted) await this.#round(signal);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { config, logger, prune = pruneInRunner } = this.options;
    const { home, servers, cache } = config();
    if (!cache) return;
    try {
      const { removed, freedBytes } = await prune(
        {
          type: 'prune',
          cacheDir: boxPaths(home).cacheDir,
          definitions: boxPaths(home).definitions,
          servers,
          ...cache,
        },
        signal,
      );
      if (removed.length > 0) logger.info({ event: 'cache.pruned', removed, freedBytes });
    } catch (error) {
      if (!signal.aborted) logger.warn({ event: 'cache.not_pruned', error: toErrorAnswer(error).message });
    }
  }
}

async function pruneInRunner(task: PruneTask, signal: AbortSignal): Promise<RunnerResults['prune']> {
  // loaded late, so that the start of the box does not wait for it
  const { runTask } = await import('@pinky/funpack-runner/light');
  return runTask(task, { serverId: 'cache', signal });
}
