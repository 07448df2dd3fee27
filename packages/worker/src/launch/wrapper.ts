import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '@pinky/supervisor/identity';
import { PinkyError, type RunPaths } from '@pinky/protocol';

/**
 * The sh program between worker and game. It has a session of its own, so that no signal to the game's group reaches
 * it. It claims the run with O_EXCL: if the next worker claimed it first, there is no launch. Then it forks. The fork
 * writes down both processes (the game's stat line of proc_pid_stat(5), and the boot id), says so, and becomes the
 * game: leader of another session, with FIFO and console file as its stdio. The other half waits, and tells how the
 * game ended. Every step is a builtin except setsid(1), which execs in place. If the disk is too full to write down
 * the identities, no game runs. fd 3 is the write end of `pipe_alive`; the game does not get it. A status over 128 is
 * a signal (`wait` of dash). The fork joins the game's cgroup first of all, and notes with the identities what it has
 * joined. It also lowers the soft limit of open files, which Node has raised for itself to the hard one: programs that
 * use select(2), or that close every file that they might have, want the usual one. The script is beside this program:
 * in `src/launch`, and in `dist` for the bundle.
 */
const script = join(__dirname, 'wrapper.sh');

export interface LaunchOrder extends NextLaunch {
  readonly run: RunPaths;
}

/** A launch, whichever run it is for. */
export interface NextLaunch {
  readonly pidFile: string;
  readonly pipeStdin: string;
  readonly pipeAlive: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The game's soft limit of open files. */
  readonly openFiles: number;
  /** The hard limit, up to which the game may raise it. Absent: that of the box. */
  readonly mostFiles?: number;
  readonly oomScore?: number;
  /** The folders of the game's cgroup. The wrapper itself stays outside, so that ending the game never ends it. */
  readonly cgroups?: readonly string[];
  /** A mount table for the game alone: it gets a pid namespace too, whose first process applies the table. */
  readonly mounts?: string;
  /** Options of unshare(1) for the wrapper, beside the pid namespace that it gets with `mounts`. */
  readonly unshared?: readonly string[];
}

/** The wrapper is told this by its environment, and does not pass it on. */
const forWrapper = (order: NextLaunch): Record<string, string> => {
  const { openFiles, mostFiles, oomScore, cgroups = [], mounts, pipeAlive } = order;
  const hardLimit = mostFiles === undefined ? undefined : Math.min(hardLimitOfFiles(), Math.max(openFiles, mostFiles));
  return {
    PINKY_GAME_FILES: String(openFiles),
    ...(hardLimit !== undefined && { PINKY_GAME_FILES_MOST: String(hardLimit) }),
    ...(oomScore !== undefined && { PINKY_GAME_OOM: String(oomScore) }),
    ...(cgroups.length > 0 && { PINKY_GAME_CGROUPS: cgroups.join('\n') }),
    ...(mounts !== undefined && { PINKY_GAME_MOUNTS: mounts, PINKY_GAME_ALIVE: pipeAlive }),
  };
};

/** Root could give a game more than the box has, but nobody has asked for that. */
function hardLimitOfFiles(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return hard === undefined || hard === 'unlimited' ? Infinity : Number(hard);
}

/** How a wrapper is started. `name`, by which it is known, is the folder of its run, or stands for a standby. */
export function wrapperOf(order: NextLaunch, name: string): {
  readonly program: string;
  readonly args: string[];
  readonly options: { readonly cwd: string; readonly env: Record<string, string>; readonly detached: true };
} {
  const { pidFile, pipeStdin, command, cwd, env, mounts, unshared = [] } = order;
  const args = [script, name, pidFile, pipeStdin, bootId(), ...command];
  return {
    program: mounts === undefined ? '/bin/sh' : 'unshare',
    args: mounts === undefined ? args : [...unshared, '--pid', '/bin/sh', ...args],
    options: { cwd, env: { ...env, ...forWrapper(order) }, detached: true },
  };
}

/**
 * Starts the wrapper, and with it the game. `pipe_alive` tells what happens next, and the console has the wrapper's own
 * complaints. Rejects with the error of spawn(2) if not even sh could be started, and with `version_removed` if the
 * wrapper is gone.
 */
export async function spawnWrapper(order: LaunchOrder): Promise<void> {
  if (!existsSync(script)) throw new PinkyError('version_removed', `${script} is gone, so no game can be launched`);
  const alive = openSync(order.pipeAlive, constants.O_RDWR | constants.O_NONBLOCK);
  let complaints: number | undefined;
  try {
    complaints = openSync(order.run.console, 'a', 0o600);
    const { program, args, options } = wrapperOf(order, order.run.dir);
    const wrapper = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', complaints, alive] });
    wrapper.unref();
    if (wrapper.pid === undefined) await new Promise<never>((_, reject) => wrapper.once('error', reject));
  } finally {
    closeSync(alive);
    if (complaints !== undefined) closeSync(complaints);
  }
}
