import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, usageOf } from '../processes.mjs';

/** Measures what the box uses now, while all games are down. */
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

/** Counts the keys that never expire. (The cursor of a server that is down expires after 30 days.) */
async function lastingKeys(redis) {
  const [, keys, expires] = /keys=(\d+),expires=(\d+)/.exec(await redis.info('keyspace')) ?? [0, 0, 0];
  return keys - expires;
}

/** The names in a folder. None if the folder does not exist yet. */
export function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Counts the files under a folder, without those of Redis. */
const filesIn = (dir) =>
  namesIn(dir)
    .filter((name) => name !== 'redis')
    .reduce((sum, name) => sum + 1 + filesIn(join(dir, name)), 0);

/** The disk space that a file or folder takes, bytes. */
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
