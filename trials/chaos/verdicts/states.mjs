import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long they may take to agree, milliseconds. On a small box, which is a test among others on a busy machine, it is
 * no measure of speed: only whether they ever agree counts.
 */
const agreeMs = ({ isSmall }) => (isSmall ? 90_000 : 10_000);
const lookMs = 250;
/** At least so many looks are taken, even on a machine so busy that one look takes seconds. */
const fewestLooks = 5;

/**
 * Waits, for a while, until Redis, disk, `pinky ps` and the process table say the same about the box and every server.
 * Resolves with how long that took, milliseconds. A difference that is left is a violation.
 */
export async function agreement(context) {
  const began = Date.now();
  let before = '';
  const agreed = new Set();
  for (let looks = 1; ; looks++) {
    const differences = await differencesNow(context, agreed).catch((error) => [`cannot be read: ${error.message}`]);
    const tookMs = Date.now() - began;
    if (differences.join() !== before) context.timeline.note(`still differs: ${before = differences.join()}`);
    if (differences.length === 0) return tookMs;
    if (tookMs > agreeMs(context) && looks >= fewestLooks) {
      const after = `${agreeMs(context) / 1_000} s after the last fault`;
      for (const difference of differences) context.violation(`${after}: ${difference}`, difference.split(':')[0]);
      return tookMs;
    }
    await sleep(lookMs);
  }
}

/** A game that comes and goes by itself need not agree at the same moment as all others: once is enough. */
async function differencesNow({ box, redis, fleet, backend, watch, players }, agreed) {
  watch.look();
  const bootOf = ({ serverId }) => watch.lifeOf(serverId)?.boot;
  const before = new Map(fleet.map((one) => [one, bootOf(one)]));
  const { code, stdout, stderr } = await box.pinky('ps', '--json');
  if (code !== 0) return [`pinky ps: ${stderr.trim()}`];
  const { servers, answers } = JSON.parse(stdout);
  watch.look();
  const differences = [...boxDifferences(box, redis, servers)];
  if (!answers.supervisor || !answers.queue) differences.push('supervisor or queue does not answer');
  for (const one of fleet.filter(({ serverId, isSteady }) => isSteady || !agreed.has(serverId))) {
    const problems = await problemsOf({
      one,
      box,
      backend,
      watch,
      players,
      seen: servers.find(({ serverId }) => serverId === one.serverId),
    });
    // It has crashed or come up since `pinky ps` began to look, which takes seconds on a busy machine.
    if (!one.isSteady && before.get(one) !== bootOf(one)) continue;
    if (problems.length === 0) agreed.add(one.serverId);
    differences.push(...problems.map((problem) => `${one.serverId}: ${problem}`));
  }
  return differences;
}

async function problemsOf({ one, box, backend, watch, players, seen }) {
  const { serverId } = one;
  const [state, keys] = await backend.redis.mget(`server:${serverId}:state`, `pinky:1:servers:${serverId}`);
  const said = await backend.redis.smembers(`server:${serverId}:players`);
  const problems = [
    ...serverDifferences({
      one,
      box,
      seen,
      state,
      keys: JSON.parse(keys ?? '{}'),
      life: watch.lifeOf(serverId),
    }),
  ];
  const expected = players.of(serverId).toSorted().join();
  if (said.toSorted().join() !== expected) {
    problems.push(`players ${expected || 'none'}, in Redis ${said.join() || 'none'}`);
  }
  return problems;
}

function* boxDifferences(box, redis, servers) {
  const processes = box.processes();
  for (const role of ['supervisor', 'queue', 'redis']) {
    const count = processes.filter((found) => found.role === role).length;
    if (count !== (role === 'redis' ? redis.ownServers : 1)) yield `box: ${count} × ${role}`;
  }
  const workers = processes.filter(({ role }) => role === 'worker').map(({ serverId }) => serverId);
  for (const { serverId } of servers) {
    const count = workers.filter((id) => id === serverId).length;
    if (count !== 1) yield `${serverId}: ${count} workers`;
  }
  for (const id of new Set(workers))
    if (!servers.some(({ serverId }) => serverId === id)) yield `${id}: a worker that pinky ps does not show`;
}

/**
 * A churned server may be down for good, and a crashing one may be between two lives: they can agree on that too.
 */
function* serverDifferences({ one, box, seen, state, keys, life }) {
  const pidFile = pidIn(join(box.servers, `${one.serverId}.pid`));
  if (!life && one.isChurned && (!seen || seen.state === 'failed')) {
    if (state !== null || keys.pid !== undefined) yield `down, and Redis says ${state} with pid ${keys.pid}`;
    if (pidFile !== undefined && !seen) yield `down, and its pid file says ${pidFile}`;
    return;
  }
  if (!life) yield 'no game runs';
  if (seen?.state !== 'up') yield `pinky ps says ${seen?.state ?? 'nothing'}`;
  if (state !== 'up') yield `Redis says ${state}`;
  const pid = Number(life?.boot.split('-')[0]);
  if (seen?.pid !== pid) yield `pinky ps says pid ${seen?.pid}, its game is ${pid}`;
  if (keys.pid !== pid) yield `Redis says pid ${keys.pid}, its game is ${pid}`;
  if (pidFile !== pid) yield `its pid file says ${pidFile}, its game is ${pid}`;
}

function pidIn(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
