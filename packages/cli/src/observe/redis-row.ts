import { existsSync } from 'node:fs';
import { boxPaths, type BoxConfig } from '@pinky/protocol';
import type { RedisReport } from '@pinky/queue';
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
  if (config.redis !== undefined || existsSync(boxPaths(config.home).redisSocket)) return rows;
  const isLong = ({ since }: ProcessRow): boolean => since !== undefined && Date.now() - since > bindMs;
  return rows.map((row) =>
    row.role === 'redis-server' && row.state === 'running' && isLong(row) ? { ...row, state: 'socket gone' } : row,
  );
}

export function socketNotes(config: BoxConfig, rows: readonly ProcessRow[]): string[] {
  const redis = rows.find(({ state }) => state === 'socket gone');
  if (!redis) return [];
  return [
    `redis-server runs (process ${redis.pid}), and its socket ${boxPaths(config.home).redisSocket} is gone: the ` +
      'supervisor starts it again within seconds, with all its data. Games keep running',
  ];
}

/** The causes that stop commands and events, for people. */
export function redisNotes(redis: RedisReport | undefined): string[] {
  if (redis === undefined) return [];
  const { state, because, troubles = [] } = redis;
  const reason = because === undefined ? '' : ` (${because})`;
  if (state === 'taken') {
    return [`another home owns this box's name${reason}: commands through Redis go there, and games keep running`];
  }
  const refusals = troubles
    .filter((trouble) => trouble.because !== because)
    .map((trouble) => `Redis refuses what the box needs: ${trouble.because}; ${trouble.remedy}. Games keep running`);
  if (state === 'connected') return refusals;
  const remedy = troubles.find((trouble) => trouble.because === because)?.remedy;
  return [
    `the queue has no connection to Redis${reason}: commands through Redis wait, and games keep running` +
      (remedy === undefined ? '' : `; ${remedy}`),
    ...refusals,
  ];
}
