import {
  bootId,
  isAlive,
  readStat,
  trySignal,
  type ProcessIdentity,
  type ProcessStat,
} from '@pinky/supervisor/identity';
import { lookThroughProcesses } from './process-look.js';

/**
 * Whether anything is left of a game's process group, by two system calls. False if its number belongs to another
 * process now.
 */
export function groupLives(game: ProcessIdentity): boolean {
  return canSignal(-game.pid) && isOurNumber(game);
}

/**
 * Signals a game's whole process group. False if nothing of it is left, or if its number belongs to another process
 * now. A wrapper tells of the game a moment before the game leads a group of its own; until then, the signal goes to
 * the process.
 */
export function signalGroup(game: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isOurNumber(game) && (trySignal(-game.pid, signal) || (isAlive(game) && trySignal(game.pid, signal)));
}

/**
 * Whether a game's pid, as the number of its group and session, is still the game's. If the leader is gone, the kernel
 * keeps the number taken while a member lives.
 */
function isOurNumber(game: ProcessIdentity): boolean {
  if (game.bootId !== bootId()) return false;
  const leader = readStat(game.pid);
  return leader === undefined || leader.startTime === game.startTime;
}

export interface Remains {
  /** Every process in its group or session belongs to it. */
  readonly game: ProcessIdentity | undefined;
  /**
   * No other program has this path as `DATAFILE` in its environment. So children that left group and session are found.
   */
  readonly datafile: string;
  /** It has the same environment, and ends by itself. */
  readonly wrapperPid: number | undefined;
  /** Start time of a later run of the same server. Only older processes are killed. */
  readonly bornBefore?: string;
}

/** How often the process table is searched, at most, until nothing new is found: a dying game may still fork. */
const mostRounds = 5;

/** Kills everything that a game left behind. */
export function killRemains(remains: Remains): void {
  for (let round = 0; round < mostRounds; round++) {
    const found = findRemains(remains);
    for (const one of found) killExactly(one);
    if (found.length === 0) return;
  }
}

function findRemains({ game, datafile, wrapperPid, bornBefore }: Remains): ProcessStat[] {
  const needle = Buffer.from(`DATAFILE=${datafile}\0`);
  const group = game && isOurNumber(game) ? game.pid : undefined;
  return lookThroughProcesses((one) => {
    if (group !== undefined && one.isOf(group)) return true;
    if (one.pid === wrapperPid || !one.hasInEnvironment(needle)) return false;
    return isOlder(one.stat, bornBefore) && !isOurs(one.stat); // neither a backup of the same server nor its next run
  });
}

const isOlder = (stat: ProcessStat | undefined, bornBefore: string | undefined): boolean =>
  stat !== undefined && (bornBefore === undefined || Number(stat.startTime) < Number(bornBefore));

/** Whether it descends from this process. The remains of a dead game do not: the kernel gave them to pid 1. */
function isOurs(stat: ProcessStat | undefined): boolean {
  for (let at = stat; at && at.pid > 1; at = readStat(at.parent)) if (at.pid === process.pid) return true;
  return false;
}

/** Looks once more just before: another process may have the pid by now. */
function killExactly({ pid, startTime }: ProcessStat): void {
  if (readStat(pid)?.startTime === startTime) trySignal(pid, 'SIGKILL');
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
