import { existsSync } from 'node:fs';
import { messageOf, PinkyError, type BoxConfig, type Clock, type CommandResult, type Logger } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import { assertLaunchable } from '../launch/isolate.js';
import type { Later } from '../admission/after-work.js';
import type { Admission } from '../admission/launch-admission.js';
import type { Machine } from '../machine/machine.js';
import type { Ports } from '../ports/port-pool.js';
import { areFree } from '../ports/server-ports.js';
import { isPreparedElsewhere, type Prepared } from '../prepare/preparation.js';
import type { ServerFiles } from '../record/server-files.js';
import type { ServerRecord } from '../record/server-record.js';
import type { CrashCounter } from './crash-counter.js';
import { diskIsFull, launchObstacle, type Obstacle } from './obstacle.js';
import type { GameServer } from './game-server.js';
import type { OldRemains } from './old-remains.js';
import { turnOf } from './server-state.js';
import type { StartFlow } from './start-flow.js';
import type { Watchdog } from './watchdog.js';

/** Pause between two attempts to launch while something else keeps it from happening, milliseconds. */
const obstaclePauseMs = 1_000;

export interface CrashFlowParts {
  readonly server: GameServer;
  readonly starts: StartFlow;
  readonly crashes: CrashCounter;
  readonly config: () => BoxConfig;
  readonly files: ServerFiles;
  readonly machine: Machine;
  readonly ports: Ports;
  readonly watchdog: Watchdog;
  readonly admission: Admission;
  readonly oldRemains: OldRemains;
  readonly clock: Clock;
  readonly afterWork: Pick<Later, 'soon'>;
  readonly log: Logger;
  readonly onChange: () => void;
  /** Kills every process of this server, wherever it hides. Call it only while no game runs that is to live. */
  readonly clearRemains: () => void;
}

export interface ExitTerms {
  readonly isMeant?: boolean;
  readonly launchError?: unknown;
}

/**
 * From an exit that nobody asked for to the relaunch. The first relaunch comes at once; later ones come after growing
 * pauses; a crash loop ends them.
 */
export class CrashFlow {
  #pause = new AbortController();
  /** The game was not up in this process: its relaunch waits for its turn, behind those that somebody has asked for. */
  #turn: 'comesBack' | 'asked' | undefined;

  constructor(private readonly parts: CrashFlowParts) {}

  /**
   * The game has ended, and nobody asked for that. The reaction begins in this turn. `isMeant`: it has said that it
   * stops, and is to be started again all the same. `launchError`: why it could not be launched, if that is known.
   */
  exited(status: ExitStatus, { isMeant = false, launchError }: ExitTerms = {}): void {
    const { oldRemains, machine, files } = this.parts;
    oldRemains.died();
    const known = launchError === undefined ? undefined : launchObstacle(launchError);
    const obstacle = known ?? (status.neverRan && machine.isDiskFull(files.paths.dir) ? diskIsFull : undefined);
    if (obstacle) this.#awaitEnd(obstacle);
    else if (launchError !== undefined) this.#unlaunched(launchError);
    else this.#crashed(`${describeExit(status)}${this.#ownDoing}${this.#complaint(status)}`, status, isMeant);
  }

  /** The next relaunch is that of a game which only comes back, with many others perhaps. */
  comesBack(): void {
    this.#turn = 'comesBack';
  }

  /** Launches a game that the worker before had not launched again. */
  resume(): void {
    this.comesBack();
    this.parts.server.state.take('crash');
    this.#relaunch();
  }

  /** Launches now instead of after the pause. Answers when the game is up. */
  endPause(): Promise<CommandResult> {
    const { server, starts } = this.parts;
    const hadToWait = this.#turn !== undefined;
    this.cancel();
    const record = server.record.now;
    if (!server.prepared && record) return starts.begin(record.start);
    if (hadToWait) this.#turn = 'asked';
    const up = starts.untilUp();
    this.#relaunch();
    return up;
  }

  /** Ends the pause. Nothing is launched. */
  cancel(): void {
    this.#turn = undefined;
    this.#pause.abort();
  }

  /** Launches the prepared game as a new run. A failed launch counts as a crash, so it is tried again after a pause. */
  #relaunch(): void {
    const { server, admission, afterWork } = this.parts;
    const { prepared, record, state } = server;
    if (state.flow !== 'crash' || !record.now) return;
    if (!prepared) return this.#startAnew(record.now);
    const outdated = outdatedBecause(prepared, record.now);
    if (outdated !== undefined) return this.#startAnew(record.now, outdated);
    if (this.#turn) return void this.#awaitTurn(prepared, this.#turn);
    this.#launchAgain(prepared);
    afterWork.soon(() => { if (state.now === 'starting') admission.count(); });
  }

  /** Prepares it again, and launches it in its turn. With a reason, the crash count goes on. */
  #startAnew(record: ServerRecord, because?: string): void {
    const { starts } = this.parts;
    const start = { ...record.start, isComingBack: this.#turn === 'comesBack' };
    this.#turn = undefined;
    const begun = because === undefined ? starts.begin(start) : starts.beginAgain(start, because);
    begun.catch(() => undefined); // a failure is told as an event
  }

  /** A game that had players comes before one that had none. */
  async #awaitTurn(prepared: Prepared, turn: 'comesBack' | 'asked'): Promise<void> {
    const { server: { state, runs }, admission } = this.parts;
    this.#pause = new AbortController();
    const { signal } = this.#pause;
    const rank = turn === 'comesBack' && runs.current?.hadPlayers ? 'hadPlayers' : turn;
    try {
      await admission.admit(rank, signal, (place) => state.expect(turnOf(place)));
    } catch {
      return; // a stop or a start came first
    }
    if (signal.aborted || state.flow !== 'crash') return admission.done();
    this.#turn = undefined;
    this.#launchAgain(prepared);
  }

  #launchAgain(prepared: Prepared): void {
    const { server: { record, runs }, starts, afterWork, onChange, config, files } = this.parts;
    const isLaunched = this.#launch(() => {
      const isolation = record.now?.confinement?.isolation;
      assertLaunchable({ config: config(), files, isolation }, prepared.funpack); // a folder may have been closed since
      runs.begin().speak(prepared.funpack, prepared.context);
      return starts.launch(prepared);
    });
    if (!isLaunched) return;
    // off the path between a crash and the relaunch
    afterWork.soon(() => {
      record.tryChange({ restarts: (record.now?.restarts ?? 0) + 1 });
      onChange();
    });
  }

  /** Begins in this turn: a crash and the launch after it are one step. False if it could not begin. */
  #launch(launch: () => Promise<void>): boolean {
    const failed = (error: unknown): void => {
      const obstacle = launchObstacle(error);
      if (obstacle !== undefined) this.#awaitEnd(obstacle);
      else this.#unlaunched(error);
    };
    try {
      launch().catch(failed);
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  #unlaunched(error: unknown): void {
    this.#crashed(`could not be launched: ${messageOf(error)}`, {});
  }

  /**
   * A full or read-only disk, or a machine without room for another process, is not the game's fault. The game is
   * launched once there is room, however long that takes.
   */
  #awaitEnd({ because, once }: Obstacle): void {
    const { server: { serverId, runs }, watchdog, clock, log } = this.parts;
    watchdog.stop();
    runs.close();
    log.warn({ event: 'server.no_space', serverId, because });
    this.#enterPause(because, {
      what: `it is launched again as soon as ${once}`,
      at: clock.wallNow() + obstaclePauseMs,
    });
    void this.#pauseAndRelaunch(obstaclePauseMs);
  }

  #crashed(how: string, status: ExitStatus, isMeant = false): void {
    const { server: { serverId, runs }, crashes, files, watchdog, clock, log } = this.parts;
    const { pauseMs, isCrashLoop } = crashes.count(); // also what is meant: it must not fill the machine
    watchdog.stop();
    const end = { ...status, how };
    const last = { last_lines: this.#lastLines, ...this.#stacks };
    const again = pauseMs === undefined ? 0 : Math.round(pauseMs);
    if (isCrashLoop) runs.note('crash_loop', { ...end, ...last });
    else if (isMeant) runs.note('stopped', { ...end, restarting: true, restart_in_ms: again });
    else runs.note('crashed', { ...end, ...last, restart_in_ms: again });
    runs.close();
    log.warn({ event: 'server.crashed', serverId, how, pauseMs });
    if (pauseMs === undefined) return this.#giveUp(how);
    this.#enterPause(`the game ${how}`, { what: 'it is launched again', at: clock.wallNow() + pauseMs });
    if (pauseMs === 0) return this.#relaunch(); // the launch writes its pid file anew
    files.removePidFile();
    void this.#pauseAndRelaunch(pauseMs);
  }

  #giveUp(how: string): void {
    const { server: { serverId }, starts, files, clearRemains } = this.parts;
    const details = { lastLines: this.#lastLines };
    clearRemains();
    files.removePidFile();
    starts.fail(
      'crashLoop',
      new PinkyError('crash_loop', `server ${serverId}: the game ${how} once too often`, { details }),
    );
  }

  #enterPause(because: string, next: { readonly what: string; readonly at: number }): void {
    const { state } = this.parts.server;
    state.take('crash');
    if (!state.apply('crashed', because, next)) state.expect(next);
  }

  async #pauseAndRelaunch(pauseMs: number): Promise<void> {
    this.#pause = new AbortController();
    const isOver = await this.parts.clock.rest(pauseMs, this.#pause.signal);
    if (!isOver) return; // a stop or a start came first
    if (this.#hasLostPort) this.#startElsewhere();
    else this.#relaunch();
  }

  /** Whether another program took a port while the game was down. */
  get #hasLostPort(): boolean {
    const { server: { record: { now }, prepared }, ports } = this.parts;
    try {
      return now !== undefined && !areFree(ports, now, prepared?.funpack.manifest.ports);
    } catch {
      return false; // no file can be opened, say; the launch meets the same obstacle
    }
  }

  /**
   * Starts the game on another port. It is prepared again, because its files may hold the port. Not every game fails if
   * its port is in use: OpenTTD shares it. The crash count goes on.
   */
  #startElsewhere(): void {
    const { state, record } = this.parts.server;
    if (state.flow !== 'crash' || !record.now) return;
    this.#startAnew(record.now, `port ${record.now.port} is in use by another program`);
  }

  /** The last words of a wrapper that could not launch its game. */
  #complaint({ neverRan }: ExitStatus): string {
    const last = neverRan ? this.#lastLines.at(-1) : undefined;
    return last === undefined ? '' : `: ${last}`;
  }

  /** Says that we ended it ourselves. A SIGKILL without a reason would look like the kernel's, for want of memory. */
  get #ownDoing(): string {
    const because = this.parts.server.runs.current?.endedFor;
    return because === undefined ? '' : ` (${because})`;
  }

  /** The game's own words on what it did while it hung, if it had any. */
  get #stacks(): { readonly stacks?: readonly string[] } {
    const stacks = this.parts.server.runs.current?.dialogues.stacks ?? [];
    return stacks.length > 0 ? { stacks } : {};
  }

  get #lastLines(): readonly string[] {
    return this.parts.server.runs.current?.runLog.lastLines.all ?? [];
  }
}

/** Why the game must be prepared once more. Undefined if it can be launched as it is. */
function outdatedBecause({ funpack, context }: Prepared, record: ServerRecord): string | undefined {
  if (!existsSync(funpack.dir)) return `its funpack is not in ${funpack.dir} any more`;
  if (!isPreparedElsewhere(record, context)) return undefined;
  return `it was prepared in ${record.preparedIn}, and its home is another folder now`;
}
