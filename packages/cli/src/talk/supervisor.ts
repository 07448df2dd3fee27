import { lstatSync, type Stats } from 'node:fs';
import type { ChildAnswer, PsAnswer } from '@pinky/box';
import { isNewFolder, moveAway } from '@pinky/box/home';
import {
  asPinkyError,
  boxPaths,
  PinkyError,
  requestOnce,
  systemClock,
  type RequestOptions,
} from '@pinky/protocol';
import { readStat } from '@pinky/supervisor/identity';
import { findProcesses, supervisorLeftBehind, type FoundProcess } from '../observe/processes.js';
import { greeting } from './greeting.js';

/** One child of the supervisor: as it tells of it, or as it was found in /proc, where less can be seen. */
export type SeenChild = Partial<Omit<ChildAnswer, 'role' | 'state'>> & {
  readonly role: FoundProcess['role'];
  readonly state?: string;
};

/** The supervisor's answer to `ps`. A supervisor of another version may leave fields out. */
export type SupervisorView = Omit<PsAnswer, 'phase' | 'children'> & {
  readonly phase?: string;
  readonly children: readonly SeenChild[];
};

/**
 * Asks the supervisor of a box. Throws `supervisor_unreachable` if none runs, `socket_gone` if one runs and cannot be
 * reached, `home_moved` if it runs with the path of before, and the error of its answer.
 */
export async function askSupervisor(
  home: string,
  method: string,
  params: unknown,
  options: RequestOptions,
): Promise<unknown> {
  try {
    return await requestOnce({ path: boxPaths(home).supervisorSocket }, method, params, {
      ...options,
      greet: greeting(),
    });
  } catch (error) {
    if (!(error instanceof PinkyError)) throw error;
    if (isUnanswered(error, method)) throw supervisorSilent(home, error);
    if (error.code !== 'connection_lost' || !isNobodyThere(error)) throw error;
    throw supervisorAway(home, error);
  }
}

/** An answer may have this code too: then what it had to wait for was late. */
const isUnanswered = ({ code, message }: PinkyError, method: string): boolean =>
  code === 'deadline_exceeded' && message.startsWith(`${method} was not answered`);

/** It has the connection, and answers nothing. */
function supervisorSilent(home: string, cause: PinkyError): PinkyError {
  const living = findProcesses(home).find(({ role }) => role === 'supervisor');
  if (!living) return cause;
  const { pid } = living;
  return new PinkyError('deadline_exceeded', `the supervisor (pid ${pid}) of ${home} is silent: ${cause.message}`, {
    cause,
    details: { isStopped: isStopped(pid) },
    remedy: wayOutOf('supervisor', pid),
  });
}

/** Only /proc can tell a supervisor that is gone from one whose socket somebody removed. */
function supervisorAway(home: string, cause: PinkyError): PinkyError {
  const living = findProcesses(home).find(({ role }) => role === 'supervisor');
  const leftBehind = living ? undefined : supervisorLeftBehind(home);
  if (leftBehind) {
    const { pid, path } = leftBehind;
    return new PinkyError(
      'home_moved',
      `the supervisor of this home (pid ${pid}) runs with the path ${path}, from which the home was moved to ${home}`,
      { cause, remedy: remedyOfMoved(pid, isNewFolder(home)) },
    );
  }
  if (!living) return new PinkyError('supervisor_unreachable', `no supervisor runs in ${home}`, { cause });
  return socketGone('supervisor', living.pid, boxPaths(home).supervisorSocket, cause);
}

/** Between file systems a home is copied and removed: what runs writes into files that are gone. */
const remedyOfMoved = (pid: number, isCopied: boolean): string => (isCopied
  ? `\`kill -TERM ${pid}\`, which ends its games too, because their files were left behind; then \`pinky up ` +
    '--daemonize`: they start from what was copied'
  : `\`kill -KILL ${pid}\`, then \`pinky up --daemonize\`: games run on`);

export function socketGone(role: string, pid: number, path: string, cause?: unknown): PinkyError {
  const isFolder = statAt(path)?.isDirectory() === true;
  return new PinkyError('socket_gone', `the ${role} (pid ${pid}) ${troubleAt(path)} it binds it again by itself`, {
    cause,
    remedy: isFolder ? moveAway(path) : wayOutOf(role, pid),
  });
}

const isStopped = (pid: number): boolean => readStat(pid)?.state === 'T';

/** The way out where a process runs and answers nobody. */
export function wayOutOf(role: string, pid: number): string {
  if (isStopped(pid)) return `somebody has stopped it: \`kill -CONT ${pid}\``;
  const another = role === 'supervisor' ? ', then `pinky up --daemonize`' : ', and another is started';
  return `wait a second; if it does not, it hangs: \`kill -KILL ${pid}\`${another}; games run on`;
}

/** Its owner removes whatever is no socket, but no folder: that may hold anything. */
function troubleAt(path: string): string {
  const there = statAt(path);
  if (there?.isDirectory()) return `has no socket, because ${path} is a folder; once that is moved away,`;
  return there === undefined || there.isSocket()
    ? `runs, but nobody can reach its socket ${path}, which was removed or is not made yet;`
    : `runs, but nobody can reach it, because ${path} is no socket; it removes that within seconds, and`;
}

/** Undefined where nothing is, or where a file stands in the place of the folder above. */
function statAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined; // `pinky doctor` names what is in the way
  }
}

/** Whether a socket is there. Whether anybody listens to it only a connection tells. */
export const isSocket = (path: string): boolean => statAt(path)?.isSocket() === true;

/** How long the supervisor may take to list its children, in milliseconds. It has nothing to wait for. */
const lookMs = 3000;

/**
 * Asks the supervisor for its children. A supervisor that is about to end may accept a connection and then break it, so
 * a broken connection is tried once more.
 */
export async function askForTree(home: string, deadlineMs = lookMs): Promise<SupervisorView> {
  const ask = () => askSupervisor(home, 'ps', {}, { deadlineMs });
  const answer = await ask().catch(async (error: unknown) => {
    if (asPinkyError(error).code !== 'connection_lost') throw error;
    await systemClock.sleep(breathMs);
    return ask();
  });
  // Our own supervisor answers, and @pinky/box fixes the shape of its answer.
  return answer as SupervisorView;
}

const breathMs = 100;

/** A connection that was refused says so; one that broke later does not. */
const isNobodyThere = (error: PinkyError): boolean => error.message.startsWith('nobody answers');
