import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { bootId, isAlive, parseStat, type ProcessIdentity } from '@pinky/supervisor/identity';
import { errnoOf, type RunPaths } from '@pinky/protocol';
import { writeFileAtomic } from '../record/atomic-file.js';
import { lookThroughProcesses } from './process-look.js';

/** The two processes of a launched run. */
export interface RunIdentity {
  readonly wrapperPid: number;
  readonly game: ProcessIdentity;
  /** The folders of the cgroup that the game has joined. Absent if it has joined none. */
  readonly cgroups?: readonly string[];
}

/**
 * The identities that the wrapper wrote down. Undefined if it has not done so yet, or if a full disk cut them short.
 */
export function readRunIdentity(path: string): RunIdentity | undefined {
  const [wrapper = '', statLine = '', boot = '', ...more] = linesOf(path);
  const stat = parseStat(statLine);
  if (!stat || boot.length !== bootIdLength) return undefined;
  const cgroups = more.flatMap((line) => (line.startsWith(joined) ? [line.slice(joined.length)] : []));
  return {
    wrapperPid: Number.parseInt(wrapper, 10),
    game: { pid: stat.pid, startTime: stat.startTime, bootId: boot },
    ...(cgroups.length > 0 && { cgroups }),
  };
}

const joined = 'cgroup ';

const bootIdLength = 36;

/**
 * Whether the wrapper that claimed the run still lives. No other command line names the run. A standby was started
 * before there was the run, so its claim says which argument stands for it. Older claims say only the pid.
 */
export function isClaimantAlive(run: RunPaths): boolean {
  const [pidLine, name] = linesOf(run.claim);
  const pid = Number(pidLine);
  const commandLine = pid > 1 ? (linesOf(`/proc/${pid}/cmdline`)[0] ?? '') : '';
  return commandLine.includes(`\0${isStandby(name) ? name : run.dir}\0`);
}

/** A name that no wrapper of an older version can mistake for the folder of a run: there can be no file below it. */
export const standbyName = (): string => `/dev/null/${randomBytes(8).toString('hex')}`;

const isStandby = (name: string | undefined): name is string => /^\/dev\/null\/[0-9a-f]{16}$/.test(name ?? '');

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    return []; // not there (yet)
  }
}

/**
 * Forbids a launch that has not begun. True if this call made the claim: a wrapper that is still on its way will not
 * start a game. False if a wrapper has claimed the run. The file itself is the claim, so no disk space is needed.
 */
export function forbidLaunch(claim: string): boolean {
  try {
    closeSync(openSync(claim, 'wx', 0o600));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The fate of a run that another worker launched, or was about to launch. */
export type RunFate =
  | { readonly kind: 'neverLaunched' }
  | { readonly kind: 'running'; readonly identity: RunIdentity }
  | { readonly kind: 'ended'; readonly identity: RunIdentity | undefined };

/**
 * A wrapper writes the identities within a millisecond. If they cannot be read after this many looks, they are damaged.
 */
const looksForIdentity = 20;

/** A wrapper that hangs counts as gone after this many looks. The caller kills what is left. */
const mostLooks = 400;

/**
 * Finds a run's fate, from the files on disk and the process table. `pause` is called while a wrapper is between its
 * claim and its identity, or between the game's end and its record of it. Each takes about a millisecond.
 */
export async function fateOfRun(run: RunPaths, pause: () => Promise<void>): Promise<RunFate> {
  if (forbidLaunch(run.claim)) return { kind: 'neverLaunched' };
  for (let looks = 0; ; looks++) {
    const isWrapperAlive = isClaimantAlive(run); // looked at first: it writes the identity while it lives
    const identity = readRunIdentity(run.identity);
    if (identity && isAlive(identity.game)) return { kind: 'running', identity };
    const found = !identity && isWrapperAlive && looks >= looksForIdentity ? identityFromProcesses(run) : undefined;
    if (found) return { kind: 'running', identity: found };
    if (existsSync(run.exit) || !isWrapperAlive || looks >= mostLooks) return { kind: 'ended', identity };
    await pause();
  }
}

/**
 * Finds the game if its identity is damaged: the only child of its wrapper that leads a session. Writes the identity
 * again.
 */
function identityFromProcesses(run: RunPaths): RunIdentity | undefined {
  const wrapperPid = Number(linesOf(run.claim)[0]);
  const game = lookThroughProcesses(({ stat }) => stat?.parent === wrapperPid && stat.session === stat.pid)[0];
  const statLine = linesOf(`/proc/${game?.pid}/stat`)[0];
  if (!game || statLine === undefined) return undefined;
  try {
    writeFileAtomic(run.identity, `${wrapperPid}\n${statLine}\n${bootId()}\n`);
  } catch {
    // the disk is full: the next worker finds the game in the same way
  }
  return { wrapperPid, game: { pid: game.pid, startTime: game.startTime, bootId: bootId() } };
}
