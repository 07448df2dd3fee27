// Restarts a worker over and over and shows what memory and handles do: restarts.mjs [restarts] [workers at a time]
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { silentLogger, systemClock } = require('../../packages/protocol');
const { checkConfig, ProcessTree } = require('../../packages/supervisor');
const { WorkerPool } = require('../../packages/supervisor/dist/server/worker-pool.js');
const { spawnBody } = require('../../packages/supervisor/dist/server/bodies.js');

const [restarts = 10_000, workers = 8] = process.argv.slice(2).map(Number);
const config = checkConfig({ workerType: 'spawn', workers, restartWorkerInterval: 0 });
const exits = new Map();
const tree = new ProcessTree({ clock: systemClock, onEvent: (event) => event.type === 'exited' && setImmediate(() => exits.get(event.name)?.(event.exit)) });
const context = { clock: systemClock, tree, exits, config: () => config, logger: silentLogger, sockets: undefined };
let count = 0;

const figures = () => {
  globalThis.gc?.();
  return { heapUsed: process.memoryUsage().heapUsed, rss: process.memoryUsage().rss, handles: process.getActiveResourcesInfo().length, descriptors: readdirSync('/proc/self/fd').length };
};

const told = [];
const pool = new WorkerPool({
  clock: systemClock, log: silentLogger, random: Math.random, config: () => config, onUnrecoverable() {}, onFailure: (error) => { throw error; },
  onIdle() {
    pool.release();
    tree.release();
    setTimeout(() => console.log(JSON.stringify({ restarts: count, early: told[1], late: told.at(-1), after: figures() })), 500); // closed handles are gone a turn later
  },
  async launch(id, listener) {
    count += 1;
    if (count % Math.max(1, Math.floor(restarts / 10)) === 0) told.push(figures());
    if (count >= restarts) queueMicrotask(() => pool.stop(false));
    return spawnBody(context, id, { command: '/bin/true', args: [], options: { output: '/dev/null', hasHeartbeat: true } }, listener);
  },
});
pool.scale(workers);
