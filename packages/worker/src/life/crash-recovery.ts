import { afterCrash, cleanHistory, type CrashHistory } from '@pinky/supervisor/child';
import { PinkyError, type CommandResult } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import type { GameServer } from './game-server.js';

/** Part of a backoff by which it is drawn shorter, so that many games do not come back in step. */
const jitter = 0.2;

/** What follows a crash (DESIGN §4): at once the first time, then after a growing pause, and no more in a crash loop. */
export class CrashRecovery {
  #history: CrashHistory = cleanHistory;
  #backoff: AbortController | undefined;

  constructor(private readonly server: GameServer) {}

  /** An exit that nobody asked for. */
  unexpectedExit(status: ExitStatus): void {
    this.server.instance?.clearRemains();
    this.#crashed(describeExit(status), status);
  }

  /** Ends a pause that is under way; nothing is launched. */
  cancel(): void {
    this.#backoff?.abort();
  }

  /** Launches at once instead of waiting the pause out; answers when the game is up. */
  endBackoff(): Promise<CommandResult> {
    const { server } = this;
    if (!server.starting) server.awaitReady();
    this.cancel();
    void this.#relaunch();
    return server.starting ?? Promise.resolve(server.result());
  }

  #crashed(how: string, status: ExitStatus): void {
    const { server } = this;
    const { clock, config, log } = server.options;
    const { pauseMs, isCrashLoop, history } = afterCrash(this.#history, clock.now(), { ...config().crashLoop, jitter, atCrashLoop: 'giveUp' }, Math.random());
    this.#history = history;
    const lastLines = server.instance?.run.lastLines ?? [];
    server.unwatch();
    server.instance?.run.note(isCrashLoop ? 'crash_loop' : 'crashed', { ...status, how, last_lines: lastLines, ...(pauseMs !== undefined && { restart_in_ms: Math.round(pauseMs) }) });
    server.closeInstance();
    log.warn({ event: 'server.crashed', serverId: server.serverId, how, pauseMs });
    if (pauseMs === undefined) {
      server.fail('crashLoop', new PinkyError('crash_loop', `server ${server.serverId}: the game ${how} once too often`, { details: { lastLines } }));
      return;
    }
    server.apply('crashed', `the game ${how}`, { what: 'it is launched again', at: clock.wallNow() + pauseMs });
    void this.#pauseAndRelaunch(pauseMs);
  }

  async #pauseAndRelaunch(pauseMs: number): Promise<void> {
    if (pauseMs > 0) {
      this.#backoff = new AbortController();
      try {
        await this.server.options.clock.sleep(pauseMs, this.#backoff.signal);
      } catch {
        return; // stopped, or started at once by command
      }
    }
    await this.#relaunch();
  }

  /** The prepared game as a new run; what fails counts as a crash, so it is tried again after the pause. */
  async #relaunch(): Promise<void> {
    const { server } = this;
    const { prepared } = server;
    if (server.isStopping || server.state !== 'crashed' || !prepared) return;
    try {
      server.newInstance().speaks(prepared.funpack, prepared.context);
      await server.launch(prepared);
    } catch (error) {
      this.#crashed(`could not be launched: ${error instanceof Error ? error.message : String(error)}`, {});
    }
    setImmediate(() => this.#count()); // off the path between a crash and the relaunch
  }

  #count(): void {
    const { server } = this;
    try {
      server.write({ restarts: (server.record?.restarts ?? 0) + 1 });
    } catch (error) {
      server.options.log.warn({ event: 'server.record_unwritten', serverId: server.serverId, error: String(error) });
    }
  }
}
