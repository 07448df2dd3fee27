import { readdirSync } from 'node:fs';
import type { ServerUsage } from '@pinky/queue';
import { readStat } from '@pinky/supervisor/identity';

/**
 * Reads once what games cost, if the queue, which otherwise samples it, does not answer. CPU is the average since each
 * process began. `games` holds the pid of each game by its server's id.
 */
export async function readUsage(games: ReadonlyMap<string, number>): Promise<Readonly<Record<string, ServerUsage>>> {
  if (games.size === 0) return {};
  const members = membersOfGroups(new Set(games.values()));
  const figures = await figuresOf([...members.values()].flat());
  return Object.fromEntries([...games].map(([serverId, pid]) => [serverId, sum(members.get(pid) ?? [], figures)]));
}

/** The processes in the groups that these pids lead: a game leads its own. */
function membersOfGroups(leaders: ReadonlySet<number>): Map<number, number[]> {
  const members = new Map<number, number[]>([...leaders].map((leader) => [leader, []]));
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat) members.get(stat.group)?.push(stat.pid);
  }
  return members;
}

/** Processes that have just ended are missing. */
async function figuresOf(pids: readonly number[]): Promise<ReadonlyMap<number, ServerUsage>> {
  if (pids.length === 0) return new Map();
  const { default: pidusage } = await import('pidusage'); // loaded only if the queue is dead
  try {
    const found = Object.values(await pidusage([...pids]));
    // Its own `cpu` compares with an earlier look, and there is none.
    return new Map(
      found.filter((one) => one !== undefined).map(({ pid, ctime, elapsed, memory }) => [
        pid,
        { cpuPercent: elapsed > 0 ? (100 * ctime) / elapsed : 0, memoryBytes: memory },
      ]),
    );
  } catch {
    return new Map(); // the only process has just ended
  }
}

function sum(pids: readonly number[], figures: ReadonlyMap<number, ServerUsage>): ServerUsage {
  const all = pids.flatMap((pid) => figures.get(pid) ?? []);
  const cpuPercent = all.reduce((total, one) => total + one.cpuPercent, 0);
  return {
    cpuPercent: Math.round(cpuPercent * 10) / 10,
    memoryBytes: all.reduce((total, one) => total + one.memoryBytes, 0),
  };
}
