import type { RunnerResult, RunnerTask } from '@pinky/funpack-runner/light';
import {
  assertRoom,
  boxPaths,
  type BoxConfig,
  type FetchData,
  type FetchResult,
  type ProgressListener,
} from '@pinky/protocol';

/** Brings a funpack or a world, or both, into the box's cache. A funpack-runner does the work. */
export async function fetchToCache(
  config: BoxConfig,
  { funpack, world }: FetchData,
  onProgress: ProgressListener,
): Promise<FetchResult> {
  const { home, funpacks, allowedHosts, archives: limits } = config;
  assertRoom({ what: 'the fetch', dir: home }, config.disk?.reserve);
  const { s3AccessOf } = await import('@pinky/funpack-runner/light');
  const context = { cacheDir: boxPaths(home).cacheDir, allowedHosts, limits, s3: s3AccessOf(config) };
  const found = funpack && (await run({
    type: 'fetch',
    source: funpack,
    funpackPaths: funpacks,
    ...context,
  }, (one) => onProgress({ ...one, phase: 'funpack' })));
  const fetched = world && (await run({ type: 'fetchWorld', source: world, ...context }, (one) =>
    onProgress({ ...one, phase: 'world' })));
  return {
    ...(funpack && found && { funpack: { url: funpack.url, digest: found.digest, path: found.dir } }),
    ...(fetched && { world: fetched }),
  };
}

async function run<T extends RunnerTask>(task: T, onProgress: ProgressListener): Promise<RunnerResult<T>> {
  // loaded late, so that the start of the box does not wait for it
  const { runTask } = await import('@pinky/funpack-runner/light');
  return runTask(task, { serverId: 'cache', onProgress });
}
