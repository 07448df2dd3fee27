import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, serverPaths } from '@pinky/protocol';
import { isAlive, parseStat } from '@pinky/supervisor';

/**
 * Whether the game of a server runs: that of its newest run, as the wrapper wrote it down. The file has two lines of
 * `/proc/<pid>/stat`, the wrapper's and the game's, then the boot id.
 */
export function hasLivingGame(servers: string, serverId: string): boolean {
  const { runs } = serverPaths(servers, serverId);
  const newest = [...namesIn(runs)].sort().at(-1);
  if (newest === undefined) return false;
  const [, game = '', bootId = ''] = textOf(join(runs, newest, 'identity')).split('\n');
  const stat = parseStat(game);
  return stat !== undefined && isAlive({ pid: stat.pid, startTime: stat.startTime, bootId: bootId.trim() });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // its game was not launched yet
  }
}
