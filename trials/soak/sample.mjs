import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, usageOf } from '../processes.mjs';

/** What the box uses now, with all games down. */
export async function sample(box, redis) {
  const found = box.processes();
  const usage = (role) => usageOf(found.find((one) => one.role === role)?.pid) ?? { bytes: 0, handles: 0 };
  const [supervisor, queue, store] = ['supervisor', 'queue', 'redis'].map(usage);
  const logBytes = bytesIn(join(box.home, 'log')) + bytesIn(join(box.home, 'redis'));
  return {
    supervisorBytes: supervisor.bytes,
    queueBytes: queue.bytes,
    redisBytes: store.bytes,
    supervisorHandles: supervisor.handles,
    queueHandles: queue.handles,
    redisHandles: store.handles,
    processes: processesOf(box.root).length,
    keys: await lastingKeys(redis),
    files: filesIn(box.home),
    diskBytes: bytesIn(box.home) - logBytes + bytesIn(box.servers),
    logBytes,
  };
}

/** Keys that do not go by themselves, as the cursor of a server that is down does after 30 days. */
async function lastingKeys(redis) {
  const [, keys, expires] = /keys=(\d+),expires=(\d+)/.exec(await redis.info('keyspace')) ?? [0, 0, 0];
  return keys - expires;
}

/** What a folder holds; nothing where it is not made yet. */
export function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Files under a folder, without those of Redis. */
const filesIn = (dir) =>
  namesIn(dir)
    .filter((name) => name !== 'redis')
    .reduce((sum, name) => sum + 1 + filesIn(join(dir, name)), 0);

/** Blocks that are taken, bytes. */
function bytesIn(path) {
  try {
    const stat = lstatSync(path);
    return (
      stat.blocks * 512 +
      (stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0) : 0)
    );
  } catch {
    return 0; // removed meanwhile
  }
}
