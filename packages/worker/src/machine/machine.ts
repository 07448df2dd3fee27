import type { Clock, RunPaths } from '@pinky/protocol';
import type { ProcessIdentity } from '@pinky/supervisor/identity';
import type { FollowerOptions } from '../console/follower.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { Remains } from '../launch/remains.js';
import type { RunFate, RunIdentity } from '../launch/run-identity.js';
import type { LaunchOrder } from '../launch/wrapper.js';

/** Where a game's files are, and who hears of its launch and its end. */
export interface GameListener {
  readonly run: RunPaths;
  readonly pipeAlive: string;
  readonly datafile: string;
  readonly clock: Clock;
  readonly onLaunched: (game: ProcessIdentity) => void;
  readonly onExit: (status: ExitStatus) => void;
}

/** A game that is being launched, runs, or has ended. */
export interface Game {
  /** Undefined until its wrapper has said who it is. */
  readonly pid: number | undefined;
  readonly hasEnded: boolean;
  /** Signals the whole process group, at the latest once it is there. */
  signal(signal: NodeJS.Signals): void;
  /** Kills what is left of the group of a game that has ended. Cheap where nothing is left. */
  clearGroup(): void;
  /** Kills whatever the game left behind, in its group or elsewhere. */
  killRemains(): void;
  /** Stops listening; the game is not touched. */
  close(): void;
}

export interface GameStdin {
  /** False where the pipe is full. Throws `bad_text` on a line that cannot be written whole. */
  writeLine(line: string): boolean;
  /** Throws away what a game that is gone did not read. */
  drain(): void;
  close(): void;
}

/** Reads a console while it grows. */
export interface ConsoleFollower {
  start(): void;
  /** Reads to the present end of the file at once. */
  catchUp(): void;
  /** Somebody waits for what comes next. */
  hurry(): void;
  close(): void;
}

/**
 * What the life of a server asks of the machine: processes, pipes, and files that others write. The flows know nothing
 * else of it, so tests hand in a machine of their own.
 */
export interface Machine {
  makeFifos(paths: readonly string[]): void;
  openStdin(path: string): GameStdin;
  follow(options: FollowerOptions): ConsoleFollower;
  /** `launched` rejects where not even the wrapper could be started; then nothing runs. */
  launch(listener: GameListener, order: LaunchOrder): { readonly game: Game; readonly launched: Promise<void> };
  /** Takes over a game that a predecessor launched. */
  adopt(listener: GameListener, identity: RunIdentity): Game;
  isAlive(game: ProcessIdentity): boolean;
  fateOf(run: RunPaths, pause: () => Promise<void>): Promise<RunFate>;
  killRemains(remains: Remains): void;
  /** Whether the file system of `dir` has no room for a launch. */
  isDiskFull(dir: string): boolean;
}
