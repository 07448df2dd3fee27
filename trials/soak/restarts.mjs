// Restarts workers of the library over and over, and shows what memory and handles do:
//   node --expose-gc trials/soak/restarts.mjs [restarts] [workers at a time]
// Prints one JSON line: 20 `samples` evenly over the restarts, the `slope` of each figure over the second half (per
// 10 000 restarts), and the figures `after` everything has ended. With 10 000 restarts or more (V8's own heap settles
// within the first 4 000) it exits with 1 if a slope is more than nil.
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { silentLogger, systemClock } = require('../../packages/protocol');
const { ProcessTree } = require('../../packages/supervisor');
const { checkConfig } = require('../../packages/serverengine');
const { WorkerLadders } = require('../../packages/serverengine/dist/config/ladders.js');
const { WorkerPool } = require('../../packages/serverengine/dist/pool/worker-pool.js');
const { startProgram } = require('../../packages/serverengine/dist/launch/spawned-worker.js');
const { LiveRelease } = require('../../packages/serverengine/dist/process/live-release.js');
const { WorkerExits } = require('../../packages/serverengine/dist/launch/worker-exits.js');

const [restarts = 10_000, workers = 8] = process.argv.slice(2).map(Number);
const config = checkConfig({ workerType: 'spawn', workers, restartWorkerInterval: 0 });
const exits = new WorkerExits(silentLogger);
const tree = new ProcessTree({ clock: systemClock, onEvent: (event) => exits.follow(event) });
const context = {
  clock: systemClock,
  tree,
  exits,
  config: () => config,
  ladders: new WorkerLadders(),
  logger: silentLogger,
  sockets: undefined,
  release: new LiveRelease(),
};
const every = Math.max(1, Math.floor(restarts / 20));
let count = 0;

/** Bytes and numbers, after the garbage was collected. */
function figures() {
  globalThis.gc?.();
  const { heapUsed, heapTotal, rss, external } = process.memoryUsage();
  return {
    restarts: count,
    heapUsed,
    rss,
    native: rss - heapTotal,
    external,
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

/** How much a figure grows in 10 000 restarts, by the least squares of the second half of the samples. */
function slope(samples, name) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const mean = (of) => half.reduce((sum, sample) => sum + of(sample), 0) / half.length;
  const [x, y] = [mean((s) => s.restarts), mean((s) => s[name])];
  const spread = half.reduce((sum, s) => sum + (s.restarts - x) ** 2, 0);
  return spread === 0
    ? 0
    : Math.round((half.reduce((sum, s) => sum + (s.restarts - x) * (s[name] - y), 0) / spread) * 10_000);
}

/** The limits of nil for 10 000 restarts: by so many bytes the measurements of a flat process differ. */
const nil = {
  heapUsed: 100_000,
  rss: 1_000_000,
  native: 1_000_000,
  external: 10_000,
};

function report() {
  const slopes = Object.fromEntries(
    [...Object.keys(nil), 'handles', 'descriptors'].map((name) => [name, slope(samples, name)]),
  );
  const growing = restarts < 10_000 ? [] : Object.keys(nil).filter((name) => slopes[name] > nil[name]);
  console.log(JSON.stringify({
    restarts: count,
    slope: slopes,
    growing,
    samples,
    after: figures(),
  }));
  if (growing.length > 0) process.exitCode = 1;
}

const samples = [];
const pool = new WorkerPool({
  clock: systemClock,
  log: silentLogger,
  random: Math.random,
  config: () => config,
  onUnrecoverable() {},
  onFailure: (error) => {
    throw error;
  },
  onIdle() {
    pool.release();
    tree.release();
    setTimeout(report, 500); // closed handles are gone a turn later
  },
  async launch(id, listener) {
    count += 1;
    if (count % every === 0) samples.push(figures());
    if (count >= restarts) queueMicrotask(() => pool.stop(false));
    return startProgram(
      context,
      id,
      { command: '/bin/true', args: [], options: { output: '/dev/null', hasHeartbeat: true } },
      listener,
    );
  },
});
pool.scale(workers);
