import { redisKeys, type BoxConfig } from '@pinky/protocol';
import { claimName, homeInstance } from '@pinky/queue/owner';
import type { Context } from '../command-line/context.js';
import { withRedis } from './redis.js';

/**
 * `--take-over` is for a machine that is gone for good. Where the name is taken from a box whose heart still beats,
 * this says so: that box carries out no more commands from now on, and its games keep running.
 */
export async function sayIfOwnerLives({ out }: Pick<Context, 'out'>, config: BoxConfig): Promise<void> {
  if (config.redis === undefined) return;
  const instance = homeInstance(config.home);
  const heartbeatLifeMs = 3 * config.heartbeatIntervalMs;
  const verdict = await withRedis(config, (redis) =>
    claimName(redis, redisKeys(config.box), instance, { mode: 'look', heartbeatLifeMs }),
  ).catch(() => undefined); // the claim that follows says why
  if (verdict?.type !== 'taken' || verdict.by.livesForMs === undefined) return;
  const { host, home, livesForMs } = verdict.by;
  const where = host === instance.host ? `this very host (${host})` : `host ${host ?? '(unknown)'}`;
  const ageS = Math.max(0, Math.round((heartbeatLifeMs - livesForMs) / 1_000));
  out.note(
    out.paint(
      'busy',
      `note: box ${config.box} lives at this moment on ${where}${home === undefined ? '' : `, home ${home}`}: its ` +
        `heart beat ${ageS} s ago. Its name is taken over all the same: it takes no more commands from Redis, its ` +
        `games keep running, and \`pinky down\`${home === undefined ? '' : ` with --home ${home}`} there stops them`,
    ),
  );
}
