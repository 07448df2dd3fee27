import { readdirSync, readFileSync } from 'node:fs';
import { bootId, parseStat, readStat, trySignal, type ProcessIdentity, type ProcessStat } from '@pinky/supervisor/identity';

/** Whether anything is left of a game's process group: two system calls. False where its number has another owner now. */
export function groupLives(game: ProcessIdentity): boolean {
  return canSignal(-game.pid) && isOurNumber(game);
}

/** Signals a game's whole process group; false where nothing of it is left, or its number has another owner now. */
export function signalGroup(game: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isOurNumber(game) && trySignal(-game.pid, signal);
}

/**
 * Whether a game's pid, as the number of its group and session, is still the game's: with the leader gone the kernel
 * keeps the number taken while a member lives.
 */
function isOurNumber(game: ProcessIdentity): boolean {
  if (game.bootId !== bootId()) return false;
  const leader = readStat(game.pid);
  return leader === undefined || leader.startTime === game.startTime;
}

export interface Remains {
  /** Whoever is in its group or session belongs to it. */
  readonly game: ProcessIdentity | undefined;
  /** No other program has this path as `DATAFILE` in its environment: so children that left group and session are found. */
  readonly datafile: string;
  /** Has the same environment, and ends by itself. */
  readonly wrapper: ProcessIdentity | undefined;
  /** Start time of a later run of the same server: what is not older is left alone. */
  readonly bornBefore?: string;
}

/** Looks through the process table again until nothing new was found, at most this often: a dying game may still fork. */
const mostRounds = 5;

/** Kills everything that a game left behind. */
export function killRemains(remains: Remains): void {
  for (let round = 0; round < mostRounds; round++) {
    const found = findRemains(remains);
    for (const one of found) killExactly(one);
    if (found.length === 0) return;
  }
}

function findRemains({ game, datafile, wrapper, bornBefore }: Remains): ProcessStat[] {
  const needle = `\0DATAFILE=${datafile}\0`;
  const group = game && isOurNumber(game) ? game.pid : undefined;
  const all = processes();
  return [...all.values()].filter((stat) => {
    if (stat.state === 'Z' || stat.state === 'X') return false;
    if (group !== undefined && (stat.group === group || stat.session === group)) return true;
    if (bornBefore !== undefined && Number(stat.startTime) >= Number(bornBefore)) return false;
    if (stat.pid === wrapper?.pid || !hasInEnvironment(stat.pid, needle)) return false;
    return !isOurs(stat, all); // a backup of the same server, or its next run
  });
}

/** Whether it descends from this process. What a dead game left behind does not: the kernel gave it to pid 1. */
function isOurs(stat: ProcessStat, all: ReadonlyMap<number, ProcessStat>): boolean {
  for (let at: ProcessStat | undefined = stat; at; at = all.get(at.parent)) if (at.pid === process.pid) return true;
  return false;
}

/** Looked at once more just before: the pid may have been given to somebody else since it was read. */
function killExactly({ pid, startTime }: ProcessStat): void {
  if (readStat(pid)?.startTime === startTime) trySignal(pid, 'SIGKILL');
}

/** Every process, by pid; entries of /proc that vanish while being read are passed over. */
function processes(): Map<number, ProcessStat> {
  const found = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const stat = name >= '1' && name <= '9~' ? statOf(name) : undefined;
    if (stat && stat.pid > 1) found.set(stat.pid, stat);
  }
  return found;
}

function statOf(pid: string): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined; // gone meanwhile
  }
}

function hasInEnvironment(pid: number, needle: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`.includes(needle);
  } catch {
    return false; // gone, a kernel thread, or somebody else's
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
