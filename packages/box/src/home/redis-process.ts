import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';
import { identify, readStat, type ProcessIdentity } from '@pinky/supervisor/identity';

/**
 * The private Redis of a home, by its pid file. That counts only if it names a redis-server which keeps its data here:
 * a copy of the home has the file too.
 */
export function redisOfPidFile(home: string): ProcessIdentity | undefined {
  const { redisPid, redisDir } = boxPaths(home);
  try {
    const pid = Number(readFileSync(redisPid, 'utf8').trim());
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const isRedis = readStat(pid)?.name === 'redis-server';
    return isRedis && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(redisDir) ? identify(pid) : undefined;
  } catch {
    return undefined; // no pid file, its process is gone, or it is another user's
  }
}
