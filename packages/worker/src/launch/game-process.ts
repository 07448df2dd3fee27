import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Cgroup, type MemoryFigures } from '@pinky/jail';
import { bootId, isAlive, parseStat, type ProcessIdentity } from '@pinky/supervisor/identity';
import type { Clock, RunPaths } from '@pinky/protocol';
import { cpuMsOf } from '../hang/processor-time.js';
import { stallTotalIn, type Stall } from '../hang/starvation.js';
import { threadReport } from '../hang/thread-report.js';
import { bindsPort, boundPorts, family } from './bound-ports.js';
import { exitStatus, readExit, type ExitStatus } from './exit-status.js';
import { groupLives, killRemains, signalGroup } from './remains.js';
import { isClaimantAlive, readRunIdentity, type RunIdentity } from './run-identity.js';

export interface GameProcessOptions {
  readonly run: RunPaths;
  readonly pipeAlive: string;
  readonly datafile: string;
  readonly clock: Clock;
  readonly onLaunched: (game: ProcessIdentity) => void;
  /** With an error, no wrapper could be started for it. */
  readonly onExit: (status: ExitStatus, launchError?: unknown) => void;
  /** The launch is left to a standby. Where that dies before it has claimed the run, this launches the game. */
  readonly instead?: { readonly launch: () => Promise<void>; readonly launchedAt: string };
}

/** Pause between two looks at a game whose wrapper was killed: nothing else tells of its end. Milliseconds. */
const orphanPollMs = 500;

/**
 * A game that runs or is about to. Its wrapper tells of it over `pipe_alive`; it is never known by being a child. So it
 * makes no difference which worker launched it.
 */
export class GameProcess {
  #game: ProcessIdentity | undefined;
  #socket: Socket | undefined;
  #heard = '';
  #hasEnded = false;
  /** Sent before the wrapper had told which process the game is. */
  #pendingSignal: NodeJS.Signals | undefined;
  #hasLaunchedInstead = false;
  readonly #abort = new AbortController();
  #cgroup: Cgroup | undefined;

  private constructor(private readonly options: GameProcessOptions) {}

  /** Listens to a wrapper that is yet to be started. Start the wrapper after this call, in the same turn. */
  static awaitLaunch(options: GameProcessOptions): GameProcess {
    const game = new GameProcess(options);
    game.#listen();
    return game;
  }

  /**
   * Takes over a game that another worker launched. The end of the pipe tells when its wrapper goes. If the wrapper was
   * gone before the pipe was opened, poll(2) says nothing, so the game is looked at once.
   */
  static adopt(options: GameProcessOptions, identity: RunIdentity): GameProcess {
    const game = new GameProcess(options);
    game.#game = identity.game;
    game.#listen();
    if (!isClaimantAlive(options.run)) setImmediate(() => game.#wrapperGone());
    return game;
  }

  get pid(): number | undefined {
    return this.#game?.pid;
  }

  /** When it was launched, if its process is older than that: clock ticks since the boot. */
  get launchedAt(): string | undefined {
    return this.#hasLaunchedInstead ? undefined : this.options.instead?.launchedAt;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  binds(port: number): boolean {
    return this.#game !== undefined && bindsPort(this.#game, port);
  }

  boundPorts(): readonly number[] | undefined {
    return this.#game && boundPorts(this.#game, this.options.datafile);
  }

  /**
   * Signals the game's whole process group. Does nothing if the group is gone or its number belongs to another process
   * now.
   */
  signal(signal: NodeJS.Signals): void {
    if (this.#game) signalGroup(this.#game, signal);
    else this.#pendingSignal = signal;
  }

  get cgroups(): readonly string[] {
    return this.#members?.folders ?? [];
  }

  /** Undefined if the game has no cgroup that counts it. */
  get memory(): MemoryFigures | undefined {
    return this.#members?.memory;
  }

  /** By its cgroup where that counts it; else by its processes that are there. */
  get cpuMs(): number | undefined {
    return this.#game && (this.#members?.cpuMs ?? cpuMsOf(this.#pids));
  }

  stallMs(of: Stall): number | undefined {
    const files = this.cgroups.map((folder) => stallTotalIn(join(folder, `${of}.pressure`), of));
    return files.find((total) => total !== undefined);
  }

  threads(): readonly string[] {
    return threadReport(this.#pids);
  }

  get #pids(): readonly number[] {
    if (!this.#game || !isAlive(this.#game)) return [];
    const members = this.#members?.pids ?? [];
    return [...new Set([this.#game.pid, ...(members.length > 0 ? members : family(this.#game.pid))])];
  }

  /** Kills the rest of the group of a game that has ended. Costs one system call if there is none. */
  clearGroup(): void {
    if (this.#members) this.#members.kill();
    else if (this.#game && groupLives(this.#game)) this.killRemains();
  }

  /**
   * Kills everything that the game left behind. Its cgroup knows what that is. A game without one is looked for in all
   * processes: in its group, in its session, and with the server's datafile in its environment.
   */
  killRemains(bornBefore?: string): void {
    if (this.#members?.kill()) return;
    const { datafile, run } = this.options;
    killRemains({
      game: this.#game,
      datafile,
      wrapperPid: readRunIdentity(run.identity)?.wrapperPid,
      ...(bornBefore !== undefined && { bornBefore }),
    });
  }

  /** Stops listening. The game is not touched. */
  close(): void {
    this.#hasEnded = true;
    this.#abort.abort();
    this.#socket?.destroy();
  }

  /** The cgroup that the wrapper says the game has joined. A game of a version that knew of none has none. */
  get #members(): Cgroup | undefined {
    if (this.#game && !this.#cgroup) {
      const cgroup = new Cgroup(readRunIdentity(this.options.run.identity)?.cgroups ?? []);
      if (cgroup.exists) this.#cgroup = cgroup;
    }
    return this.#cgroup;
  }

  #listen(): void {
    // Non-blocking and read-only: end of file comes when the wrapper, its one writer, is gone (fifo(7)).
    const fd = openSync(this.options.pipeAlive, constants.O_RDONLY | constants.O_NONBLOCK);
    const socket = socketOf(fd);
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
    if (stat) this.#is({ pid: stat.pid, startTime: stat.startTime, bootId: bootId() });
  }

  #is(game: ProcessIdentity): void {
    if (this.#game) return;
    this.#game = game;
    this.options.onLaunched(game);
    if (this.#pendingSignal) signalGroup(game, this.#pendingSignal);
  }

  #wrapperGone(): void {
    if (this.#hasEnded || this.#launchesInstead()) return;
    // the wrapper may have been killed before it could tell
    const identity = readRunIdentity(this.options.run.identity);
    if (identity) this.#is(identity.game);
    const status = readExit(this.options.run.exit);
    if (!status && this.#game && isAlive(this.#game)) void this.#watchOrphan(this.#game);
    else this.#ended(status ?? {});
  }

  /**
   * Nobody holds the pipe any more and the run has no claim: its standby died before it launched anything. The claim
   * still decides who launches, so there are never two games.
   */
  #launchesInstead(): boolean {
    const { instead, run } = this.options;
    if (!instead || this.#game || this.#hasLaunchedInstead || existsSync(run.claim)) return false;
    this.#hasLaunchedInstead = true;
    this.#heard = '';
    try {
      this.#listen();
    } catch (error) {
      this.#ended({}, error); // no file can be opened, say: it never ran
      return true;
    }
    instead.launch().catch((error: unknown) => this.#ended({}, error));
    return true;
  }

  /** The wrapper was killed and the game was not. Only the process table tells of the game's end. */
  async #watchOrphan(game: ProcessIdentity): Promise<void> {
    while (isAlive(game)) {
      if (!(await this.options.clock.rest(orphanPollMs, this.#abort.signal))) return; // closed
    }
    this.#ended(readExit(this.options.run.exit) ?? {});
  }

  #ended(status: ExitStatus, launchError?: unknown): void {
    if (this.#hasEnded) return;
    this.close();
    this.options.onExit(this.#game ? status : { neverRan: true }, launchError);
  }
}

function socketOf(fd: number): Socket {
  try {
    return new Socket({ fd, readable: true, writable: false });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
