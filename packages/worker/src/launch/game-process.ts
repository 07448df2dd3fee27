import { constants, openSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { bootId, isAlive, parseStat, readStat, trySignal, type ProcessIdentity } from '@pinky/supervisor/identity';
import type { Clock, RunPaths } from '@pinky/protocol';
import { exitStatus, readExit, type ExitStatus } from './exit-status.js';
import { findByEnvironment, readRunIdentity, type RunIdentity } from './run-identity.js';

export interface GameProcessOptions {
  readonly run: RunPaths;
  readonly pipeAlive: string;
  readonly datafile: string;
  readonly clock: Clock;
  readonly onLaunched: (game: ProcessIdentity) => void;
  readonly onExit: (status: ExitStatus) => void;
}

/** How often a game is looked at whose wrapper was killed, so that nothing tells of its end. Milliseconds. */
const orphanPollMs = 500;

/**
 * A game that runs or is about to: known by what its wrapper says over `pipe_alive`, never by being a child. So it
 * makes no difference whether this worker launched it or a predecessor did.
 */
export class GameProcess {
  #game: ProcessIdentity | undefined;
  #socket: Socket | undefined;
  #heard = '';
  #hasEnded = false;
  readonly #abort = new AbortController();

  private constructor(private readonly options: GameProcessOptions) {}

  /** Listens to a wrapper that is yet to be started: call this first, then start it. */
  static awaitLaunch(options: GameProcessOptions): GameProcess {
    const game = new GameProcess(options);
    game.#listen();
    return game;
  }

  /** Takes over a game that a predecessor launched. */
  static adopt(options: GameProcessOptions, identity: RunIdentity): GameProcess {
    const game = new GameProcess(options);
    game.#game = identity.game;
    game.#listen();
    // Only now: a wrapper that lives after the pipe was opened will be heard when it ends.
    if (!isAlive(identity.wrapper)) void game.#watchOrphan(identity.game);
    return game;
  }

  get pid(): number | undefined {
    return this.#game?.pid;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#game;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Signals the game's whole process group; false where nothing of it is left, or the pid has another owner now. */
  signal(signal: NodeJS.Signals): boolean {
    const game = this.#game;
    if (!game || game.bootId !== bootId()) return false;
    const leader = readStat(game.pid);
    // With the leader gone its pid stays taken as a group id while a member lives, so it cannot be anybody else's.
    if (leader && leader.startTime !== game.startTime) return false;
    return trySignal(-game.pid, signal) || (leader !== undefined && trySignal(game.pid, signal));
  }

  /** Whether a process of the game's group is left that still runs. Costs one system call where none is. */
  groupLives(): boolean {
    const game = this.#game;
    if (!game || game.bootId !== bootId() || !canSignal(-game.pid)) return false;
    return groupMembers(game.pid).length > 0;
  }

  /** Kills whatever the game left behind: its group, its session, and what carries the server's datafile in its environment. */
  killRemains(): void {
    const game = this.#game;
    if (game && game.bootId === bootId()) {
      for (const pid of groupMembers(game.pid)) trySignal(pid, 'SIGKILL');
    }
    const wrapper = readRunIdentity(this.options.run.identity)?.wrapper.pid; // it has the same environment, and ends by itself
    for (const { pid } of findByEnvironment(this.options.datafile)) {
      if (pid !== wrapper) trySignal(pid, 'SIGKILL');
    }
  }

  /** Stops listening; the game is not touched. */
  close(): void {
    this.#hasEnded = true;
    this.#abort.abort();
    this.#socket?.destroy();
  }

  #listen(): void {
    // Non-blocking and read-only: end of file comes when the wrapper, its one writer, is gone (fifo(7)).
    const fd = openSync(this.options.pipeAlive, constants.O_RDONLY | constants.O_NONBLOCK);
    const socket = new Socket({ fd, readable: true, writable: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')));
    socket.on('error', () => undefined); // followed by 'close'
    socket.on('close', () => this.#wrapperGone());
  }

  #hear(text: string): void {
    const lines = (this.#heard + text).split('\n');
    this.#heard = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('pid ')) this.#launched(line.slice(4));
      else if (line.startsWith('exit ')) this.#ended(exitStatus(Number(line.slice(5))));
    }
  }

  #launched(statLine: string): void {
    const stat = parseStat(statLine);
    if (!stat || this.#game) return;
    this.#game = { pid: stat.pid, startTime: stat.startTime, bootId: bootId() };
    this.options.onLaunched(this.#game);
  }

  #wrapperGone(): void {
    if (this.#hasEnded) return;
    const status = readExit(this.options.run.exit);
    if (status) return this.#ended(status);
    if (this.#game && isAlive(this.#game)) void this.#watchOrphan(this.#game);
    else this.#ended({});
  }

  /** The wrapper was killed and the game was not: nothing but a look at the process table tells of its end. */
  async #watchOrphan(game: ProcessIdentity): Promise<void> {
    try {
      while (isAlive(game)) await this.options.clock.sleep(orphanPollMs, this.#abort.signal);
    } catch {
      return; // closed
    }
    this.#ended(readExit(this.options.run.exit) ?? {});
  }

  #ended(status: ExitStatus): void {
    if (this.#hasEnded) return;
    this.close();
    this.options.onExit(status);
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

/** The running processes of a group or session, by pid. */
function groupMembers(leader: number): number[] {
  return readdirSync('/proc').filter((name) => name >= '0' && name <= '9~').map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined && (stat.group === leader || stat.session === leader) && stat.state !== 'Z' && stat.state !== 'X')
    .map((stat) => stat?.pid ?? 0).filter((pid) => pid > 1);
}
