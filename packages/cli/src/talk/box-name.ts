import { PinkyError, redisKeys, type BoxConfig } from '@pinky/protocol';
import {
  boxTaken,
  claimName,
  homeInstance,
  releaseName,
  type ClaimMode,
  type HomeInstance,
  type OtherOwner,
  type Verdict,
} from '@pinky/queue/owner';
import type { Context } from '../command-line/context.js';
import { findProcesses } from '../observe/processes.js';
import { heartbeatLifeMs, otherOwner } from './other-owner.js';
import { withRedis } from './redis.js';

/** Between two looks whether an earlier heartbeat has expired, in milliseconds. */
const lookMs = 250;
/** A heartbeat that would now expire this much later than before was renewed: its box lives. Milliseconds. */
const renewedMs = 1_000;

/** The name that was claimed. */
export interface ClaimedName {
  /** Gives the name back, for a box that did not come up. Does nothing if Redis is away. */
  release(): Promise<void>;
}

/**
 * Claims the box's name in your own Redis before anything is started: two boxes with one name would both run every
 * command. A private Redis has one box only. Throws `box_taken`, which names both hosts. If Redis is away it says so,
 * and the queue claims the name once Redis answers. Throws `redis_unsuitable` unless servers of this home run already.
 */
export async function claimBoxName(
  context: Pick<Context, 'out' | 'clock' | 'signal'>,
  config: BoxConfig,
  asked: 'claim' | 'inherit' | 'takeOver',
): Promise<ClaimedName> {
  const nothing = { release: async () => undefined };
  if (config.redis === undefined) return nothing;
  const instance = homeInstance(config.home);
  const roles = findProcesses(config.home).map(({ role }) => role);
  const isServed = roles.includes('queue'); // which holds the claim already
  const mode: ClaimMode = isServed && asked === 'claim' ? 'look' : asked;
  const how = { mode, heartbeatLifeMs: heartbeatLifeMs(config) };
  const keys = redisKeys(config.box);
  const ask = (): Promise<Verdict> => withRedis(config, (redis) => claimName(redis, keys, instance, how));
  try {
    const verdict = await settled(context, config, instance, ask);
    if (verdict.type === 'free') return nothing;
    const { claim } = verdict;
    return {
      release: async () => {
        await withRedis(config, (redis) => releaseName(redis, keys, claim)).catch(() => undefined);
      },
    };
  } catch (error) {
    // Games that play need a supervisor, whatever has become of Redis.
    const mayStart = ['redis_unavailable', ...(roles.includes('worker') ? ['redis_unsuitable'] : [])];
    if (!(error instanceof PinkyError) || !mayStart.includes(error.code)) throw error;
    context.out.note(
      context.out.paint(
        'busy',
        `note: ${error.message}; the box starts without it, and commands through Redis wait until that is put right` +
          (asked === 'takeOver' ? '; the name was not taken over: that needs a Redis that answers' : ''),
      ),
    );
    return nothing;
  }
}

/** Throws `box_taken` where another home has the name of a box that runs: no successor of it could come up. */
export async function assertNameOurs(config: BoxConfig): Promise<void> {
  const other = config.redis === undefined ? undefined : await otherOwner(config);
  if (other === undefined || other.kind === 'earlier' || other.kind === 'unnamed') return;
  throw new PinkyError('box_taken', boxTaken(config.box, homeInstance(config.home), other).message, {
    remedy: 'only if that box is gone for good: `pinky down --detach` here, which stops no game, then `pinky up ' +
      '--take-over`; otherwise `pinky down` stops the games of this home',
  });
}

/** Asks until the name is no other box's, as long as the other's heartbeat may still expire. Throws `box_taken`. */
async function settled(
  { clock, out, signal }: Pick<Context, 'out' | 'clock' | 'signal'>,
  { box }: BoxConfig,
  instance: HomeInstance,
  ask: () => Promise<Verdict>,
): Promise<Exclude<Verdict, { type: 'taken' }>> {
  let verdict = await ask();
  let expiresAt: number | undefined;
  while (verdict.type === 'taken') {
    const at = clock.now() + (verdict.by.livesForMs ?? 0);
    const isRenewed = at > (expiresAt ?? at) + renewedMs;
    if (!mayExpire(verdict.by) || isRenewed) throw boxTaken(box, instance, verdict.by);
    if (expiresAt === undefined) out.note(waitText(box, verdict.by));
    expiresAt = Math.min(at, expiresAt ?? at);
    await clock.sleep(lookMs, signal);
    verdict = await ask();
  }
  return verdict;
}

/** The last heartbeat of this home or of an earlier version. If it is renewed, another box writes it. */
const mayExpire = ({ kind, livesForMs }: OtherOwner): boolean =>
  (kind === 'earlier' || kind === 'unnamed') && livesForMs !== undefined;

const waitText = (box: string, { host, livesForMs = 0 }: OtherOwner): string =>
  `box ${box} was running${host === undefined ? '' : ` on host ${host}`} a moment ago: waiting up to ` +
  `${Math.ceil(livesForMs / 1_000)} s to see that it is gone`;
