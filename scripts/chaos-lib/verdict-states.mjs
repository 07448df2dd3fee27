import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const agreeMs = 10_000;
const lookMs = 250;

/**
 * Waits until Redis, disk, `pinky ps` and the process table say the same of every server and of the box, at most 10 s.
 * Resolves with how long it took, milliseconds; what still differs then are violations.
 */
export async function agreement(context) {
  const began = Date.now();
  let before = '';
  for (;;) {
    const differences = await differencesNow(context).catch((error) => [`not to be learned: ${error.message}`]);
    const tookMs = Date.now() - began;
    if (differences.join() !== before) context.timeline.note(`differs still: ${before = differences.join()}`);
    if (differences.length === 0) return tookMs;
    if (tookMs > agreeMs) {
      for (const difference of differences) context.violation(`10 s after the last fault: ${difference}`, difference.split(':')[0]);
      return tookMs;
    }
    await sleep(lookMs);
  }
}

async function differencesNow({ box, fleet, backend, watch, players }) {
  const { code, stdout, stderr } = await box.pinky('ps', '--json');
  if (code !== 0) return [`pinky ps: ${stderr.trim()}`];
  const { servers, answers } = JSON.parse(stdout);
  watch.look();
  const differences = [...boxDifferences(box, servers)];
  if (!answers.supervisor || !answers.queue) differences.push('supervisor or queue does not answer');
  for (const one of fleet) {
    const seen = servers.find(({ serverId }) => serverId === one.serverId);
    const [state, keys] = await backend.redis.mget(`server:${one.serverId}:state`, `pinky:1:servers:${one.serverId}`);
    const said = await backend.redis.smembers(`server:${one.serverId}:players`);
    for (const problem of serverDifferences({ one, box, seen, state, keys: JSON.parse(keys ?? '{}'), life: watch.lifeOf(one.serverId) })) differences.push(`${one.serverId}: ${problem}`);
    const expected = players.of(one.serverId).toSorted().join();
    if (said.toSorted().join() !== expected) differences.push(`${one.serverId}: players ${expected || 'none'}, in Redis ${said.join() || 'none'}`);
  }
  return differences;
}

function* boxDifferences(box, servers) {
  const processes = box.processes();
  for (const role of ['supervisor', 'queue', 'redis']) {
    const count = processes.filter((found) => found.role === role).length;
    if (count !== 1) yield `box: ${count} × ${role}`;
  }
  const workers = processes.filter(({ role }) => role === 'worker').map(({ serverId }) => serverId);
  for (const { serverId } of servers) {
    const count = workers.filter((id) => id === serverId).length;
    if (count !== 1) yield `${serverId}: ${count} workers`;
  }
  for (const id of new Set(workers)) if (!servers.some(({ serverId }) => serverId === id)) yield `${id}: a worker that pinky ps does not show`;
}

/** A churned server may be down for good, and one that crashes may be between two lives: that is a state to agree on too. */
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
