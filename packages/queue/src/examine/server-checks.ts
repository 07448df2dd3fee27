import type { Redis } from 'ioredis';
import type { ServerFacts } from '../redis/server-facts.js';
import { refusalOf } from '../redis/trouble.js';
import type { RedisCheck } from './redis-check.js';

/** The first version with BLMOVE, by which items of the list are taken (redis.io). BullMQ asks for it too. */
const oldest = [6, 2] as const;
/** Above this part of `maxmemory` it counts as reached: eviction keeps the use a little below it. */
const reachedPart = 0.95;

export function checkVersion(facts: ServerFacts, where: string): RedisCheck {
  const version = facts.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const found = `${where} answers: version ${version}, ${facts.get('role') ?? 'of unknown role'}`;
  const isEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return isEnough
    ? { name: 'redis', level: 'ok', found }
    : { name: 'redis', level: 'bad', found, fix: `install Redis ${oldest.join('.')} or later` };
}

/** Whether memory is left, and what Redis does once none is. */
export function checkMemory(facts: ServerFacts): RedisCheck[] {
  const [limit, used] = [Number(facts.get('maxmemory') ?? 0), Number(facts.get('used_memory') ?? 0)];
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  const evicted = Number(facts.get('evicted_keys') ?? 0);
  return [
    ...(limit > 0 && used >= reachedPart * limit
      ? [{
          name: 'redis memory',
          level: 'bad' as const,
          found: `\`maxmemory\` is reached: ${facts.get('used_memory_human')} of ${facts.get('maxmemory_human')}`,
          fix: 'raise `maxmemory` of Redis, or remove what other programs keep there',
        }]
      : []),
    ...(policy === 'noeviction'
      ? []
      : [{
          name: 'redis policy',
          level: policy.startsWith('allkeys') && limit > 0 ? 'bad' as const : 'odd' as const,
          found:
            `\`maxmemory-policy\` is ${policy}: Redis removes keys of jobs and servers when its memory is full` +
            (evicted > 0 ? `, and has removed ${evicted} keys` : ''),
          fix: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf',
        }]),
  ];
}

/** Whether Redis can write its files, and whether it has any. */
export async function checkPersistence(facts: ServerFacts, redis: Redis): Promise<RedisCheck[]> {
  const name = 'redis files';
  const failing = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'];
  if (failing.some((status) => facts.get(status) === 'err')) {
    const fix = 'free space on the disk with its data';
    return [{ name, level: 'bad', found: 'Redis answers, but cannot write its file', fix }];
  }
  if (facts.get('aof_enabled') === '1' || (await savesSnapshots(redis)) !== false) return [];
  const fix = 'set `appendonly yes` in redis.conf';
  return [{ name, level: 'odd', found: 'Redis writes no file: its end loses jobs, answers and events', fix }];
}

/** Undefined where our user may not ask. */
async function savesSnapshots(redis: Redis): Promise<boolean | undefined> {
  try {
    const [, save = ''] = (await redis.config('GET', 'save')) as string[]; // name and value
    return save !== '';
  } catch (error) {
    if (refusalOf(error) === undefined && !/unknown command/i.test(String(error))) throw error;
    return undefined;
  }
}
