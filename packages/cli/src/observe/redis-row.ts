import type { BoxConfig } from '@pinky/protocol';
import type { RedisReport } from '@pinky/queue';
import type { ProcessRow } from './process-row.js';

/** Your own Redis as a row beside the box's processes: it runs elsewhere, so it has no pid. A private one has a pid. */
export function ownRedisRow(config: BoxConfig, redis: RedisReport | undefined): ProcessRow[] {
  if (config.redis === undefined || redis === undefined) return [];
  const isRefusing = redis.state === 'connected' && (redis.troubles ?? []).length > 0;
  return [{ role: 'redis (your own)', state: isRefusing ? 'refusing' : redis.state }];
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
