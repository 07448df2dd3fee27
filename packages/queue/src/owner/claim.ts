import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { boxPaths, redisKeys } from '@pinky/protocol';
import { Script } from '../redis/script.js';
import type { HomeInstance } from './home-instance.js';

/** Another owner of the box's name, as far as Redis tells. */
export interface OtherOwner {
  /** Undefined for a version before owners were written down. */
  readonly host?: string;
  readonly home?: string;
  /** Milliseconds until its heartbeat expires; undefined if it has none. */
  readonly livesForMs?: number;
  /**
   * `lives`: its heartbeat is there. `earlier`: the same home, on a machine that was restarted. `copy`: a home with the
   * same identity in other files, of which ours was copied, or which was copied from ours. `unnamed`: a version that
   * writes no owner. `gone`: its heartbeat has expired, and it never gave the name back.
   */
  readonly kind: 'lives' | 'earlier' | 'copy' | 'unnamed' | 'gone';
}

export type Verdict =
  /** `isFirst`: the name was not this home's just before. */
  | { readonly type: 'ours'; readonly claim: string; readonly isFirst: boolean }
  | { readonly type: 'free' }
  | { readonly type: 'taken'; readonly by: OtherOwner };

/**
 * `look` changes nothing. `claim` takes a name that is free. `inherit` takes it also from an unnamed version, which
 * runs in this home. `takeOver` takes it from anybody: only an operator can know that a machine is gone for good.
 */
export type ClaimMode = 'look' | 'claim' | 'inherit' | 'takeOver';

interface Claiming {
  readonly mode: ClaimMode;
  readonly heartbeatLifeMs: number;
}

/**
 * Claims a box's name. Redis counts the claims: `epoch` grows by one with each, and `claim` (epoch and a random part)
 * is what every other script of ours compares before it does anything. The heartbeat is written in the same step, so a
 * second box sees a living owner at once.
 *
 * KEYS owner, heartbeat. ARGV mode, identity, host, home, boot id, place, random part, heartbeat's life in ms, and
 * `1` if an owner in other files was this home.
 * Returns `ours`, the claim, and `1` if the name was not ours just before; `free`; or `taken` with kind, the
 * heartbeat's remaining ms, host and home.
 */
const claimScript = new Script(`
local mode, identity, host, home, boot, place, random, life, wasMoved = unpack(ARGV)
local owner = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do owner[fields[i]] = fields[i + 1] end
local isHere = owner.identity == identity and owner.place == place
local function inode(at) return string.match(at or '', '%d+$') end -- the number of a device may change at a restart
local isCopy = owner.identity == identity and owner.place and inode(owner.place) ~= inode(place)
  and owner.released ~= '1' and wasMoved ~= '1'
local raw = redis.call('GET', KEYS[2])
local lives = redis.call('PTTL', KEYS[2])
local ok, beat = pcall(cjson.decode, raw or 'null')
if not ok or type(beat) ~= 'table' then beat = {} end
local function taken(kind, by)
  return { 'taken', kind, tostring(lives), tostring(by.host or ''), tostring(by.home or '') }
end
if mode ~= 'takeOver' then
  if raw and type(beat.identity) ~= 'string' then
    if mode ~= 'inherit' and not isHere then return taken('unnamed', {}) end
  elseif raw and beat.identity ~= identity then
    return taken('lives', beat)
  elseif isCopy then
    return taken('copy', owner)
  elseif raw and beat.place ~= place then
    return taken('earlier', beat)
  elseif owner.identity and owner.identity ~= identity and owner.released ~= '1' then
    return taken('gone', owner)
  end
end
if mode == 'look' then return { 'free' } end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local claim = epoch .. '-' .. random
redis.call('HSET', KEYS[1], 'identity', identity, 'host', host, 'home', home, 'boot', boot, 'place', place,
  'claim', claim)
local isFirst = redis.call('HDEL', KEYS[1], 'released') == 1 or not isHere
beat.identity, beat.host, beat.home, beat.bootId, beat.place, beat.epoch = identity, host, home, boot, place, epoch
redis.call('SET', KEYS[2], cjson.encode(beat), 'PX', life)
return { 'ours', claim, isFirst and '1' or '0' }
`);

/**
 * Gives a name back that we hold: the next box may have it at once. KEYS owner, heartbeat. ARGV claim.
 */
const releaseScript = new Script(`
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'released', '1')
redis.call('DEL', KEYS[2])
return 1
`);

type Keys = ReturnType<typeof redisKeys>;

/** Asks for the box's name, or only looks whose it is. */
export async function claimName(redis: Redis, keys: Keys, instance: HomeInstance, how: Claiming): Promise<Verdict> {
  const verdict = await askScript(redis, keys, instance, how);
  if (verdict.type !== 'taken' || !wasMoved(instance, verdict.by)) return verdict;
  return askScript(redis, keys, instance, { ...how, wasMoved: true });
}

/**
 * Whether the other one is this very home, before its files came to another file system of this machine: to another
 * path, or to the same one, as from a backup. Nothing else can be at our path.
 */
const wasMoved = (instance: HomeInstance, { kind, host, home }: OtherOwner): boolean =>
  kind === 'copy' &&
  host === instance.host &&
  home !== undefined &&
  (home === instance.home || !existsSync(boxPaths(home).identity));

async function askScript(
  redis: Redis,
  keys: Keys,
  instance: HomeInstance,
  how: Claiming & { readonly wasMoved?: true },
): Promise<Verdict> {
  const { identity, host, home, bootId, place } = instance;
  // The reply's shape is that of the script's return statements.
  const [type, first = '', second = '', otherHost = '', otherHome = ''] = (await claimScript.run(
    redis,
    [keys.owner, keys.heartbeat],
    [how.mode, identity, host, home, bootId, place, randomUUID(), how.heartbeatLifeMs, how.wasMoved ? '1' : '0'],
  )) as string[];
  if (type === 'ours') return { type, claim: first, isFirst: second === '1' };
  if (type === 'free') return { type };
  return {
    type: 'taken',
    by: {
      kind: first as OtherOwner['kind'],
      ...(otherHost !== '' && { host: otherHost }),
      ...(otherHome !== '' && { home: otherHome }),
      ...(Number(second) > 0 && { livesForMs: Number(second) }),
    },
  };
}

/** False if somebody else has taken the name meanwhile. */
export async function releaseName(redis: Redis, keys: Keys, claim: string): Promise<boolean> {
  return (await releaseScript.run(redis, [keys.owner, keys.heartbeat], [claim])) === 1;
}
