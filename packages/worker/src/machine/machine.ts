import type { Encoding } from '@pinky/funpack-runner/light';
import type { Limits, MadeCgroup, MemoryFigures } from '@pinky/jail';
import type { Clock, RunPaths } from '@pinky/protocol';
import type { ProcessIdentity } from '@pinky/supervisor/identity';
import type { FollowerOptions } from '../console/follower.js';
import type { Stall } from '../hang/starvation.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { Remains } from '../launch/remains.js';
import type { RunFate, RunIdentity } from '../launch/run-identity.js';
import type { LaunchOrder, NextLaunch } from '../launch/wrapper.js';

/** Where a game's files are, and who hears of its launch and end. */
export interface GameListener {
  readonly run: RunPaths;
  readonly pipeAlive: string;
  readonly datafile: string;
  readonly clock: Clock;
  readonly onLaunched: (game: ProcessIdentity) => void;
  readonly onExit: (status: ExitStatus, launchError?: unknown) => void;
}

/** The wrapper of the next run, started ahead. It waits to be told which run that is. */
export interface Standby {
  /** Ends it. Resolves when nothing is left of it. */
  end(): Promise<void>;
}

/** A game that is being launched, runs, or has ended. */
export interface Game {
  /** Undefined until its wrapper has told it. */
  readonly pid: number | undefined;
  readonly hasEnded: boolean;
  /** When it was launched, if its process is older than that: clock ticks since the boot. */
  readonly launchedAt?: string | undefined;
  /** The folders of the cgroup that it has joined. Empty or absent: it has none. */
  readonly cgroups?: readonly string[];
  /** How much memory it uses. Undefined if nothing counts that. */
  readonly memory?: MemoryFigures | undefined;
  /** How much processor time its processes have used, milliseconds. Undefined if that cannot be seen. */
  readonly cpuMs?: number | undefined;
  /** How long it has waited for a processor, memory or the disk. Undefined where nothing counts that of one game. */
  stallMs?(of: Stall): number | undefined;
  /** Each of its threads as the kernel knows it, a line each. */
  threads?(): readonly string[];
  /** Whether it has bound the port: a look at its own process and those that descend from it. */
  binds(port: number): boolean;
  /** The ports that all its processes have bound. Undefined if that cannot be seen. */
  boundPorts(): readonly number[] | undefined;
  /** Signals the whole process group. A signal that comes too early is sent once there is a group. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the rest of the group of a game that has ended. Cheap if there is none. */
  clearGroup(): void;
  /** Kills everything that the game left behind, in its group or elsewhere. */
  killRemains(): void;
  /** Stops listening. The game is not touched. */
  close(): void;
}

export interface GameStdin {
  /** False if the pipe is full. Throws `bad_text` if the line is too long for one write. */
  writeLine(line: string, encoding?: Encoding): boolean;
  /** Throws away the lines that a dead game did not read. */
  drain(): void;
  close(): void;
}

/** A cgroup for a launch: its path below `pinky`, and its limits. */
export interface LaunchCgroup {
  readonly path: string;
  readonly limits: Limits;
}

/** Reads a console while it grows. */
export interface ConsoleFollower {
  start(): void;
  /** Reads to the present end of the file, at once. */
  catchUp(): void;
  /** Somebody waits for what comes next. */
  hurry(): void;
  close(): void;
}

/**
 * The machine, as a server's life needs it: processes, pipes, and files that others write. The flows reach the machine
 * through this interface alone, so tests hand in a fake.
 */
export interface Machine {
  makeFifos(paths: readonly string[]): void;
  /** `reader`: the pid of a process that has this FIFO as its stdin already. */
  openStdin(path: string, reader?: number): GameStdin;
  follow(options: FollowerOptions): ConsoleFollower;
  /** Starts the wrapper of the next run ahead. Throws if that is not possible. */
  standBy(order: NextLaunch): Standby;
  /**
   * Launches by the standby, if there is one that would launch just this; else it is ended. `launched` rejects if not
   * even a wrapper could be started. Then nothing runs.
   */
  launch(
    listener: GameListener,
    order: LaunchOrder,
    standby?: Standby,
  ): { readonly game: Game; readonly launched: Promise<void> };
  /** Takes over a game that another worker launched. */
  adopt(listener: GameListener, identity: RunIdentity): Game;
  /** Makes the cgroup of the next launch, or makes it anew. */
  makeCgroup(cgroup: LaunchCgroup): MadeCgroup;
  /** The folders of the cgroup with this path below `pinky`, as far as they are there. */
  cgroupFolders(path: string): readonly string[];
  /** Kills what is in a cgroup, wherever it hides, and removes it. False if something survives. */
  removeCgroup(folders: readonly string[]): boolean;
  isAlive(game: ProcessIdentity): boolean;
  fateOf(run: RunPaths, pause: () => Promise<void>): Promise<RunFate>;
  killRemains(remains: Remains): void;
  /** Whether the file system of `dir` has no room for a launch. */
  isDiskFull(dir: string): boolean;
  /** Resolves when everything that was written to the file system of `dir` is on the disk. */
  flush(dir: string): Promise<void>;
}
