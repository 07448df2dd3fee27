import { redisKeys, type BoxConfig } from '@pinky/protocol';
import { claimName, homeInstance, type OtherOwner } from '@pinky/queue/owner';
import { withRedis } from './redis.js';

/** How long a heartbeat counts after it came, milliseconds. */
export const heartbeatLifeMs = ({ heartbeatIntervalMs }: BoxConfig): number => 3 * heartbeatIntervalMs;

/** The other home that has this box's name in your own Redis. Undefined if none has, or if Redis does not say. */
export async function otherOwner(config: BoxConfig): Promise<OtherOwner | undefined> {
  const how = { mode: 'look', heartbeatLifeMs: heartbeatLifeMs(config) } as const;
  const verdict = await withRedis(config, (redis) =>
    claimName(redis, redisKeys(config.box), homeInstance(config.home), how),
  ).catch(() => undefined); // whoever claims the name next says why
  return verdict?.type === 'taken' ? verdict.by : undefined;
}
