import { existsSync } from 'node:fs';
import { boxPaths, readRedisDamage, remedies, type BoxConfig } from '@pinky/protocol';
import type { RedisCheck, RedisReport } from '@pinky/queue';
import { boxTaken, homeInstance } from '@pinky/queue/owner';
import { cutText, setDown } from '../observe/redis-row.js';
import { askQueue } from '../talk/ask-queue.js';
import { otherOwner } from '../talk/other-owner.js';
import { wayOutOf, type SeenChild } from '../talk/supervisor.js';
import type { Finding } from './finding.js';

/** How long the queue may take to try everything, in milliseconds. */
const examineMs = 25_000;
const isSafe = 'games keep running, and events wait in their files until then';

/**
 * Whether Redis can do what the box needs, and what keeps the queue from it. The queue itself looks, because its
 * environment and files count; if it does not answer, this process looks with the same settings. A private Redis only
 * has to work while the box runs.
 */
export async function checkRedis(
  config: BoxConfig,
  isRunning: boolean,
  queuePid?: number,
): Promise<Finding[]> {
  if (config.redis === undefined && !isRunning) return [];
  const [report, seen] = isRunning
    ? await Promise.all([
        askQueue<RedisReport>(config.home, 'redis'),
        askQueue<readonly RedisCheck[]>(config.home, 'examine', examineMs),
      ])
    : [];
  const checks = seen ?? (await (await import('@pinky/queue')).examineRedis(config));
  const findings = checks.map((check) => findingOf(check, config));
  const canAsk = report === undefined && checks.every(({ level }) => level !== 'bad');
  const isSilent = isRunning && report === undefined && queuePid !== undefined && seen === undefined;
  return [
    ...findings,
    ...(isSilent ? [silence(queuePid)] : []),
    ...(canAsk ? await checkName(config) : []),
    ...queueFindings(config, report, findings),
  ];
}

/** The supervisor says that the queue runs. */
const silence = (pid: number): Finding => ({
  name: 'queue',
  level: 'bad',
  found: `the queue (pid ${pid}) does not answer, so no command is carried out`,
  fix: wayOutOf('queue', pid),
});

/** The queue claims the name of a box that runs. Nobody has asked yet whether the name is free for one that is down. */
async function checkName(config: BoxConfig): Promise<Finding[]> {
  if (config.redis === undefined) return [];
  const other = await otherOwner(config);
  if (!other || other.kind === 'earlier') return []; // that is this home's own, of a moment ago
  const { message } = boxTaken(config.box, homeInstance(config.home), other);
  return [{ name: 'box name', level: 'bad', found: message, fix: remedies.box_taken }];
}

function findingOf({ name, level, found, fix, trouble }: RedisCheck, config: BoxConfig): Finding {
  if (level !== 'bad' || fix === undefined) return { name, level, found, ...(fix !== undefined && { fix }) };
  if (trouble !== 'away' || name !== 'redis') return { name, level, found, fix: `${fix}; ${isSafe}` };
  return {
    name,
    level,
    found: `Redis of box ${config.box} does not answer: ${found}`,
    fix: `${awayFix(config)}; ${isSafe}`,
  };
}

function awayFix({ redis, home }: BoxConfig): string {
  const { redisPid, redisSocket } = boxPaths(home);
  if (redis !== undefined) return 'check that it runs, and its address in pinky.yml, --redis or PARTY_CLOUD_REDIS';
  if (existsSync(redisPid) && !existsSync(redisSocket)) {
    return 'somebody removed its socket: the supervisor starts it again within seconds, with all its data';
  }
  return `if it died, the supervisor starts it again; if it hangs, kill it: its pid is in ${redisPid}`;
}

/** The queue's findings beyond those of just now. */
function queueFindings(
  config: BoxConfig,
  report: RedisReport | undefined,
  findings: readonly Finding[],
): Finding[] {
  if (report === undefined) return [];
  const isNew = (because: string): boolean => !findings.some(({ found }) => found.includes(because));
  const troubles = (report.troubles ?? []).filter(({ because }) => isNew(because));
  const { state, because = 'it has not said why' } = report;
  const isLost = state !== 'connected' && isNew(because) && !troubles.some((one) => one.because === because);
  return [
    ...(report.isSetDown ? [{ name: 'queue', level: 'bad' as const, ...setDown(config.box) }] : []),
    ...troubles.map((one): Finding => ({
      name: 'queue',
      level: 'bad',
      found: `Redis refuses it: ${one.because}`,
      fix: `${one.remedy}; ${isSafe}`,
    })),
    ...(isLost
      ? [{
          name: 'queue',
          level: 'bad' as const,
          found: state === 'taken' ? because : `it has no connection to Redis: ${because}`,
          fix: `${state === 'taken' ? remedies.box_taken : 'it tries again by itself'}; ${isSafe}`,
        }]
      : []),
  ];
}

/** The faults that the supervisor found in the data of the private Redis. */
export function checkRedisData(config: BoxConfig, children: readonly SeenChild[]): Finding[] {
  const { stuck, cut } = (config.redis === undefined && readRedisDamage(config.home)) || {};
  const isRunning = children.some(({ role, state }) => role === 'redis' && state === 'running');
  return [
    ...(stuck && !isRunning
      ? [{
          name: 'redis',
          level: 'bad' as const,
          found: `redis-server does not start: ${stuck.because}`,
          fix: `${stuck.remedy}; ${isSafe}`,
        }]
      : []),
    ...(cut && existsSync(cut.copy)
      ? [{
          name: 'redis',
          level: 'odd' as const,
          found: cutText(cut),
          fix: `nothing has to be done; \`rm ${cut.copy}\` when you do not need it`,
        }]
      : []),
  ];
}
