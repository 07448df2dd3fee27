import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bootId, identify, isAlive, parseStat, type ProcessIdentity } from '@pinky/supervisor/identity';
import { errnoOf, type RunPaths } from '@pinky/protocol';

/** Who the two processes of a launched run are. */
export interface RunIdentity {
  readonly wrapper: ProcessIdentity;
  readonly game: ProcessIdentity;
}

/** What the wrapper wrote down about itself and the game; undefined where it has not (yet). */
export function readRunIdentity(path: string): RunIdentity | undefined {
  try {
    const [own = '', game = '', boot = ''] = readFileSync(path, 'utf8').split('\n');
    const ownStat = parseStat(own);
    const gameStat = parseStat(game);
    if (!ownStat || !gameStat || !boot) return undefined;
    return {
      wrapper: { pid: ownStat.pid, startTime: ownStat.startTime, bootId: boot },
      game: { pid: gameStat.pid, startTime: gameStat.startTime, bootId: boot },
    };
  } catch {
    return undefined;
  }
}

/**
 * Forbids a launch that has not begun: true where this call made the claim, so that a wrapper which is still on its
 * way will not start a game; false where a wrapper has claimed the run.
 */
export function forbidLaunch(claim: string): boolean {
  try {
    writeFileSync(claim, 'forbidden\n', { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The wrapper that claimed the run, if it still lives. */
export function livingClaimant(claim: string): ProcessIdentity | undefined {
  const pid = existsSync(claim) ? Number(readFileSync(claim, 'utf8')) : NaN;
  return Number.isInteger(pid) && pid > 1 ? identify(pid) : undefined;
}

/**
 * Finds the processes of a server by what no other program has in its environment: the path of the server's datafile.
 * For what is left when a wrapper was killed before it wrote down the game, and for children that left the game's
 * group and session. Entries of /proc that vanish while being read are passed over.
 */
export function findByEnvironment(datafile: string): ProcessIdentity[] {
  const needle = `DATAFILE=${datafile}\0`;
  const found: ProcessIdentity[] = [];
  for (const name of readdirSync('/proc')) {
    if (name < '0' || name > '9~') continue;
    const identity = hasInEnvironment(name, needle) ? identify(Number(name)) : undefined;
    if (identity && identity.pid !== process.pid) found.push(identity);
  }
  return found;
}

function hasInEnvironment(pid: string, needle: string): boolean {
  try {
    return `${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`.includes(needle);
  } catch {
    return false; // gone, a kernel thread, or somebody else's
  }
}

/** What became of a run that another worker launched, or meant to. */
export type RunFate =
  | { readonly kind: 'neverLaunched' }
  | { readonly kind: 'running'; readonly identity: RunIdentity }
  | { readonly kind: 'ended'; readonly identity: RunIdentity | undefined };

/**
 * Decides a run's fate from what stands on disk and in the process table. `pause` is called while a wrapper is between
 * its claim and its identity, which takes it about a millisecond.
 */
export async function fateOfRun(run: RunPaths, pause: () => Promise<void>): Promise<RunFate> {
  if (forbidLaunch(run.claim)) return { kind: 'neverLaunched' };
  for (;;) {
    const identity = readRunIdentity(run.identity);
    if (identity) return isAlive(identity.game) ? { kind: 'running', identity } : { kind: 'ended', identity };
    if (existsSync(run.exit) || !livingClaimant(run.claim)) return endedOrLate(run);
    await pause();
  }
}

/** The wrapper is gone: either it wrote its identity in its last moment, or there is none. */
function endedOrLate(run: RunPaths): RunFate {
  const identity = readRunIdentity(run.identity);
  return identity && isAlive(identity.game) ? { kind: 'running', identity } : { kind: 'ended', identity };
}

export const sameBoot = (identity: ProcessIdentity): boolean => identity.bootId === bootId();
