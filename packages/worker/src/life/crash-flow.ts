import { afterCrash, cleanHistory, type CrashHistory } from '@pinky/supervisor/child';
import { errnoOf, PinkyError, type CommandResult } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import { isDiskFull } from '../record/disk-space.js';
import type { GameServer } from './game-server.js';

/** Part of a backoff by which it is drawn shorter, so that many games do not come back in step. */
const jitter = 0.2;
/** Between two attempts to launch on a full disk, milliseconds. */
const spacePauseMs = 1_000;

interface DiskObstacle {
  readonly because: string;
  /** The launch comes once that is so. */
  readonly once: string;
}
const diskIsFull: DiskObstacle = { because: 'the disk is full', once: 'the disk has space' };
/** What a launch may find of the disk, by the error of the call. */
const diskObstacles: ReadonlyMap<string | undefined, DiskObstacle> = new Map([
  ['ENOSPC', diskIsFull],
  ['EROFS', { because: 'the disk is read-only', once: 'the disk can be written' }],
]);

/**
 * From a game's launch to the search for what its predecessor left behind, milliseconds: the search must not slow the
 * launch.
 */
const remainsPauseMs = 50;

/**
 * What follows a crash (DESIGN §4): at once the first time, then after a growing pause, and no more in a crash loop.
 */
export class CrashFlow {
  #history: CrashHistory = cleanHistory;
  #backoff: AbortController | undefined;
  /** A game has died: what it left behind is looked for once the next one runs. */
  #mayHaveRemains = false;

  constructor(private readonly server: GameServer) {}

  /** An exit that nobody asked for. */
  unexpectedExit(status: ExitStatus): void {
    const { instance, options } = this.server;
    instance?.clearGroup();
    this.#mayHaveRemains = true;
    if (status.neverRan && isDiskFull(options.files.paths.dir)) this.#awaitDisk(diskIsFull);
    else this.#crashed(`${describeExit(status)}${this.#silence()}`, status);
  }

  /** Why we ended it ourselves: a SIGKILL without a reason would look like the kernel's, out of memory. */
  #silence(): string {
    const { instance, funpack } = this.server;
    return instance?.wasSilent ? ` (it had been silent for ${(funpack?.manifest.silenceTimeoutMs ?? 0) / 1000} s)` : '';
  }

  /** A new start has all its chances. */
  forget(): void {
    this.cancel();
    this.#history = cleanHistory;
  }

  /** Ends a pause that is under way; nothing is launched. */
  cancel(): void {
    this.#backoff?.abort();
  }

  /** Launches at once instead of waiting the pause out; answers when the game is up. */
  endBackoff(): Promise<CommandResult> {
    const { server } = this;
    this.cancel();
    if (!server.prepared && server.record) return server.begin(server.record.start);
    if (!server.starting) server.awaitReady();
    const { starting } = server;
    this.relaunch();
    return starting ?? Promise.resolve(server.result());
  }

  /** The prepared game as a new run; what fails counts as a crash, so it is tried again after the pause. */
  relaunch(): void {
    const { server } = this;
    const { prepared, record } = server;
    if (server.isStopping || server.state !== 'crashed' || !record) return;
    if (!prepared) {
      void server.begin(record.start).catch(() => undefined); // told as an event
      return;
    }
    this.#launch(() => {
      server.runs.begin().speaks(prepared.funpack, prepared.context);
      return server.launch(prepared);
    });
    // off the path between a crash and the relaunch
    setImmediate(() => server.tryWrite({ restarts: (server.record?.restarts ?? 0) + 1 }));
  }

  /** The new game is known: what the old one left is cleared away. */
  launched(): void {
    if (!this.#mayHaveRemains) return;
    this.#mayHaveRemains = false;
    setTimeout(() => this.server.instance?.clearOlderRemains(), remainsPauseMs).unref();
  }

  /** Begins in this turn: a crash and the launch that follows are one step. */
  #launch(launch: () => Promise<void>): void {
    const failed = (error: unknown): void => {
      const obstacle = diskObstacles.get(errnoOf(error));
      if (obstacle !== undefined) this.#awaitDisk(obstacle);
      else this.#crashed(`could not be launched: ${error instanceof Error ? error.message : String(error)}`, {});
    };
    try {
      launch().catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /**
   * A full or read-only disk is no fault of the game's: it is launched as soon as that is over, however long it takes.
   */
  #awaitDisk({ because, once }: DiskObstacle): void {
    const { server } = this;
    const { clock, log } = server.options;
    server.unwatch();
    server.runs.close();
    log.warn({ event: 'server.no_space', serverId: server.serverId, because });
    const next = { what: `it is launched again as soon as ${once}`, at: clock.wallNow() + spacePauseMs };
    if (!server.apply('crashed', because, next)) server.expect(next);
    void this.#pauseAndRelaunch(spacePauseMs);
  }

  #crashed(how: string, status: ExitStatus): void {
    const { server } = this;
    const { clock, config, log } = server.options;
    const { pauseMs, isCrashLoop, history } = afterCrash(
      this.#history,
      clock.now(),
      { ...config().crashLoop, jitter, atCrashLoop: 'giveUp' },
      Math.random(),
    );
    this.#history = history;
    const lastLines = server.instance?.run.lastLines.all ?? [];
    server.unwatch();
    server.runs.note(isCrashLoop ? 'crash_loop' : 'crashed', {
      ...status,
      how,
      last_lines: lastLines,
      ...(pauseMs !== undefined && { restart_in_ms: Math.round(pauseMs) }),
    });
    server.runs.close();
    log.warn({ event: 'server.crashed', serverId: server.serverId, how, pauseMs });
    if (pauseMs === undefined) {
      server.options.clearRemains();
      server.options.files.removePidFile();
      server.fail(
        'crashLoop',
        new PinkyError('crash_loop', `server ${server.serverId}: the game ${how} once too often`, {
          details: { lastLines },
        }),
      );
      return;
    }
    const next = { what: 'it is launched again', at: clock.wallNow() + pauseMs };
    if (!server.apply('crashed', `the game ${how}`, next)) server.expect(next);
    if (pauseMs === 0) return this.relaunch(); // its pid file is written anew
    server.options.files.removePidFile();
    void this.#pauseAndRelaunch(pauseMs);
  }

  async #pauseAndRelaunch(pauseMs: number): Promise<void> {
    this.#backoff = new AbortController();
    const isOver = await this.server.options.clock.rest(pauseMs, this.#backoff.signal);
    if (!isOver) return; // stopped, or started at once by command
    if (this.server.hasLostPort && !this.server.starting) this.#startElsewhere();
    else this.relaunch();
  }

  /**
   * On another port, and so prepared anew: the files of a game may hold its port. Not every game fails where its port
   * is in use (OpenTTD shares it). The crashes so far go on counting.
   */
  #startElsewhere(): void {
    const { server } = this;
    if (server.isStopping || server.state !== 'crashed' || !server.record) return;
    const history = this.#history;
    // told as an event
    void server
      .begin(server.record.start, `port ${server.record.port} is in use by another program`)
      .catch(() => undefined);
    this.#history = history;
  }
}
