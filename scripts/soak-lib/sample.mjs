import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, usageOf } from '../chaos-lib/processes.mjs';

/** What the box uses now, with all games down. */
export async function sample(box, redis) {
  const found = box.processes();
  const usage = (role) => usageOf(found.find((one) => one.role === role)?.pid) ?? { bytes: 0, handles: 0 };
  const [supervisor, queue, store] = ['supervisor', 'queue', 'redis'].map(usage);
  const logBytes = bytesIn(join(box.home, 'log')) + bytesIn(join(box.home, 'redis'));
  return {
    supervisorBytes: supervisor.bytes, queueBytes: queue.bytes, redisBytes: store.bytes,
    supervisorHandles: supervisor.handles, queueHandles: queue.handles, redisHandles: store.handles,
    processes: processesOf(box.root).length, keys: await redis.dbsize(),
    diskBytes: bytesIn(box.home) - logBytes + bytesIn(box.servers), logBytes,
  };
}

/** Blocks that are taken, bytes. */
function bytesIn(path) {
  try {
    const stat = lstatSync(path);
    return stat.blocks * 512 + (stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0) : 0);
  } catch {
    return 0; // removed meanwhile
  }
}
