import type { BoxConfig } from '@pinky/protocol';
import { homeInstance } from '@pinky/queue/owner';
import type { Context } from '../command-line/context.js';
import { heartbeatLifeMs, otherOwner } from './other-owner.js';

/**
 * `--take-over` is for a machine that is gone for good. Where the name is taken from a box whose heart still beats,
 * this says so: that box carries out no more commands from now on, and its games keep running.
 */
export async function sayIfOwnerLives({ out }: Pick<Context, 'out'>, config: BoxConfig): Promise<void> {
  if (config.redis === undefined) return;
  const other = await otherOwner(config);
  if (other?.livesForMs === undefined) return;
  const { host, home, livesForMs } = other;
  const where = host === homeInstance(config.home).host ? `this very host (${host})` : `host ${host ?? '(unknown)'}`;
  const ageS = Math.max(0, Math.round((heartbeatLifeMs(config) - livesForMs) / 1_000));
  out.note(
    out.paint(
      'busy',
      `note: box ${config.box} lives at this moment on ${where}${home === undefined ? '' : `, home ${home}`}: its ` +
        `heart beat ${ageS} s ago. Its name is taken over all the same: it takes no more commands from Redis, those ` +
        `that it was carrying out are run here once more, its games keep running, and ` +
        `\`pinky down\`${home === undefined ? '' : ` with --home ${home}`} there stops them`,
    ),
  );
}
