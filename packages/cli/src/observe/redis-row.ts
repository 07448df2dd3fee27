import { foldersForSockets, moveAway } from '@pinky/box/home';
import { boxPaths, readRedisDamage, type BoxConfig, type RedisCut } from '@pinky/protocol';
import type { RedisReport } from '@pinky/queue';
import { redisAddress } from '@pinky/queue/address';
import { isSocket } from '../talk/supervisor.js';
import { formatDuration, formatSize } from '../terminal/figures.js';
import type { ProcessRow } from './process-row.js';

/** Your own Redis as a row beside the box's processes: it runs elsewhere, so it has no pid. A private one has a pid. */
export function ownRedisRow(config: BoxConfig, redis: RedisReport | undefined): ProcessRow[] {
  if (config.redis === undefined || redis === undefined) return [];
  const isRefusing = redis.state === 'connected' && (redis.troubles ?? []).length > 0;
  return [{ role: 'redis (your own)', state: isRefusing ? 'refusing' : redis.state }];
}

/** How long a Redis that was just started may take to bind its socket on a busy machine, milliseconds. */
const bindMs = 5_000;

/**
 * The private Redis serves its connections without its socket, and nobody else. The supervisor's view of its process
 * does not show that.
 */
export function withoutSocket(config: BoxConfig, rows: readonly ProcessRow[]): readonly ProcessRow[] {
  if (config.redis !== undefined || isSocket(boxPaths(config.home).redisSocket)) return rows;
  const isLong = ({ since }: ProcessRow): boolean => since !== undefined && Date.now() - since > bindMs;
  return rows.map((row) =>
    row.role === 'redis-server' && row.state === 'running' && isLong(row) ? { ...row, state: 'socket gone' } : row,
  );
}

export function socketNotes(config: BoxConfig, rows: readonly ProcessRow[]): string[] {
  const redis = rows.find(({ state }) => state === 'socket gone');
  if (!redis) return [];
  const { redisSocket } = boxPaths(config.home);
  const isFolder = foldersForSockets(config).includes(redisSocket);
  const trouble = isFolder ? `is a folder (${moveAway(redisSocket)}): once that is away,` : 'is gone:';
  return [
    `redis-server runs (process ${redis.pid}), and its socket ${redisSocket} ${trouble} the supervisor starts it ` +
      'again within seconds, with all its data. Games keep running',
  ];
}

/** How long `ps` speaks of a cut, milliseconds. `doctor` does as long as the copy is there. */
const recentMs = 24 * 60 * 60_000;

/** The faults of the data of the private Redis: why it cannot be started, and what a power cut has cost. */
export function damageNotes(config: BoxConfig, rows: readonly ProcessRow[], now = Date.now()): string[] {
  const { stuck, cut } = (config.redis === undefined && readRedisDamage(config.home)) || {};
  const isRunning = rows.some(({ role, state }) => role === 'redis-server' && state === 'running');
  return [
    ...(stuck && !isRunning
      ? [`redis-server does not start: ${stuck.because}; ${stuck.remedy}. Games keep running`]
      : []),
    ...(cut && now - cut.at < recentMs ? [cutText(cut, now)] : []),
  ];
}

export const cutText = ({ at, file, bytes, keptBytes, copy }: RedisCut, now = Date.now()): string =>
  `${formatDuration(Math.max(0, now - at))} ago Redis could not read the end of ${file}, as after a power cut: ` +
  `${bytes} bytes were cut off, ${formatSize(keptBytes)} are kept; ${copy} is the file before that`;

/** Tells that games can do anything with your own Redis, where nothing keeps them from it. */
export function openRedisNotes(config: BoxConfig, areGamesKeptOff: boolean): string[] {
  if (config.redis === undefined) return [];
  const { host, sentinels, password } = redisAddress(config);
  if ((host === undefined && sentinels === undefined) || password !== undefined) return [];
  const isApart = (config.isolation?.kind ?? 'none') !== 'none';
  if (isApart && areGamesKeptOff) return [];
  return ['`redis` names no password, and a Redis without one can be read and changed by every game; give it one' +
    `${isApart ? ', or install nftables, which keeps games from its port' : ''} (docs/security.md)`];
}

/** Somebody has said by hand that the box is to obey nothing. */
export const setDown = (box: string): { readonly found: string; readonly fix: string } => ({
  found: 'somebody has set this box down in Redis: commands through Redis are answered with box_down, and not obeyed',
  fix: `set \`pinky:${box}:state\` to up there again`,
});

/** Nobody replaces a master that dies meanwhile, and nobody finds it again after a loss of the connection. */
const silence = (sentinels: readonly string[]): string =>
  `${sentinels.length === 1 ? 'the Sentinel' : 'the Sentinels'} ${sentinels.join(', ')} ` +
  `${sentinels.length === 1 ? 'does' : 'do'} not answer: start what has ended, or correct \`sentinels:\` ` +
  '(`pinky doctor`). The connection to Redis works';

/** The causes that stop commands and events, for people. */
export function redisNotes(box: string, redis: RedisReport | undefined): string[] {
  if (redis === undefined) return [];
  const { state, because, troubles = [], isSetDown, silentSentinels = [] } = redis;
  const { found, fix } = setDown(box);
  const reason = because === undefined ? '' : ` (${because})`;
  if (state === 'taken') {
    return [`another home owns this box's name${reason}: commands through Redis go there, and games keep running`];
  }
  const refusals = troubles
    .filter((trouble) => state === 'refusing' || trouble.because !== because)
    .map((trouble) => `Redis refuses what the box needs: ${trouble.because}; ${trouble.remedy}. Games keep running`);
  if (state === 'connected' || state === 'refusing') {
    return [
      ...(isSetDown ? [`${found}; ${fix}. Games keep running`] : []),
      ...(silentSentinels.length > 0 ? [silence(silentSentinels)] : []),
      ...refusals,
    ];
  }
  const remedy = troubles.find((trouble) => trouble.because === because)?.remedy;
  return [
    `the queue has no connection to Redis${reason}: commands through Redis wait, and games keep running` +
      (remedy === undefined ? '' : `; ${remedy}`),
    ...refusals,
  ];
}
