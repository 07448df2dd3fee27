import {
  asPinkyError,
  deferred,
  PinkyError,
  type Clock,
  type CommandResult,
  type Logger,
  type StartOrder,
} from '@pinky/protocol';
import type { AfterWork } from '../admission/after-work.js';
import type { Backups } from '../backup/backups.js';
import type { ServerFiles } from '../record/server-files.js';
import type { StopMode } from '../stop/stop-game.js';
import { isTorn, readExit } from '../launch/exit-status.js';
import { readRunIdentity } from '../launch/run-identity.js';
import type { UnsavedWorlds } from '../park/unsaved-worlds.js';
import type { Standbys } from '../standby/standbys.js';
import type { StoppedGame } from '../run/game-run.js';
import type { CrashFlow } from './crash-flow.js';
import type { FinalBackup, SavedWorld } from '../park/final-backup.js';
import type { GameServer } from './game-server.js';
import { told, type Removal } from './removal.js';
import type { StartFlow } from './start-flow.js';

export interface StopFlowParts {
  readonly server: GameServer;
  readonly starts: StartFlow;
  readonly crashes: CrashFlow;
  readonly backups: Backups;
  readonly finalBackup: FinalBackup;
  readonly unsaved: UnsavedWorlds;
  readonly removal: Removal;
  readonly standbys: Pick<Standbys, 'gone'>;
  readonly files: ServerFiles;
  readonly clock: Clock;
  readonly afterWork: Pick<AfterWork, 'letGo'>;
  readonly log: Logger;
}

/** A game's end that is under way. */
interface Ending {
  /** Aborted by a second, harder order. */
  readonly hurry: AbortController;
  /** Aborted by an order to kill the game. */
  readonly force: AbortController;
  /** The server is to be down afterwards, whatever this began as. */
  isFinal: boolean;
  /** The world is to be gone, and no final backup is to be written. */
  isDiscarding: boolean;
  /** Why the server goes down, where nobody asked for that. */
  because?: string;
}

/** Ends a game on purpose: for a stop, for a restart, or because it did not get ready. */
export class StopFlow {
  #ending: Ending | undefined;
  #promise: Promise<CommandResult> | undefined;
  readonly #stuck = deferred<void>();

  constructor(private readonly parts: StopFlowParts) {}

  /** The outcome of the end that is under way. */
  get current(): Promise<CommandResult> | undefined {
    return this.#ending && this.#promise;
  }

  /** Resolves once a game has survived KILL. Its stop goes on all the same. */
  get stuck(): Promise<void> {
    return this.#stuck.promise;
  }

  /**
   * Ends the game, writes the final backup, parks the world, and removes what else the server had on disk. With
   * `isDiscarding`, the world is removed too. A second call joins the first; `immediate` makes it hurry, and
   * `kill` more so. A restart turns into a stop, and so does the end of a game that was not ready. `because` says why,
   * where nobody asked for it.
   */
  stop(mode: StopMode, isDiscarding = false, because?: string): Promise<CommandResult> {
    const ending = this.#ending;
    if (!ending || !this.#promise) {
      return this.#begin(true, (begun) => {
        begun.isDiscarding = isDiscarding;
        if (because !== undefined) begun.because = because;
        return this.#stop(mode, begun);
      });
    }
    if (mode !== 'graceful') ending.hurry.abort();
    if (mode === 'kill') ending.force.abort();
    if (isDiscarding) ending.isDiscarding = true;
    if (!ending.isFinal) this.#stopInstead(ending);
    return this.#promise;
  }

  /**
   * Ends the game and starts it again, with the same world and folder, as `given` says or as before. Throws `cancelled`
   * if a stop came in between, and `port_taken` while the game still runs, if the given port is another's.
   */
  async restart(given?: StartOrder): Promise<CommandResult> {
    const { server: { serverId, record }, starts } = this.parts;
    const start = given ?? record.now?.start;
    if (!start) throw new PinkyError('not_running', `server ${serverId} is down, and nothing says what it ran`);
    starts.assertPortFree(start);
    let wasCancelled = false;
    await this.#begin(false, async (ending) => {
      const status = await this.#endGame('graceful', ending, 'a restart was asked for');
      wasCancelled = ending.isFinal;
      return wasCancelled ? this.#finish(ending, status) : this.#ready(ending, status);
    });
    if (wasCancelled) throw new PinkyError('cancelled', `server ${serverId}: the restart was cancelled by a stop`);
    return starts.begin(start);
  }

  /** Ends a game that does not get ready. Then the server is `failed`, for the reason that is given. */
  endUnready(failure: PinkyError): void {
    if (this.#ending) return;
    // a failure is told as an event
    this.#begin(false, (ending) => this.#endUnready(failure, ending)).catch(() => undefined);
  }

  /**
   * Finishes a stop of the worker before: the game is gone and the final backup (`backup`) is written, so only files
   * are left.
   */
  resume(backup?: string): Promise<CommandResult> {
    return this.#begin(true, async (ending) => this.#remove(ending, await this.parts.finalBackup.finish(backup)));
  }

  #begin(isFinal: boolean, flow: (ending: Ending) => Promise<CommandResult>): Promise<CommandResult> {
    const ending: Ending = {
      hurry: new AbortController(),
      force: new AbortController(),
      isFinal,
      isDiscarding: false,
    };
    this.#ending = ending;
    this.parts.server.state.take('stop');
    this.parts.afterWork.letGo(); // its answer waits for it
    this.#promise = flow(ending)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#over(ending));
    return this.#promise;
  }

  /** The game is gone, and another flow may have the server. Later orders have nothing to do with this end. */
  #over(ending: Ending): void {
    if (this.#ending !== ending) return;
    this.#ending = undefined;
    this.parts.server.state.release('stop');
  }

  #stopInstead(ending: Ending): void {
    const { record, state } = this.parts.server;
    ending.isFinal = true;
    record.tryChange({ wanted: 'down' });
    state.apply('stop', 'a stop was asked for');
  }

  /**
   * Removes what is left of a server that does not run, for good, also its parked worlds. Throws `world_unsaved` if one
   * of them is in no backup that was read back, unless it may go too.
   */
  async discard(mayLoseWorld: boolean): Promise<CommandResult> {
    const { server, unsaved } = this.parts;
    const { serverId, record, state } = server;
    if (!mayLoseWorld) await unsaved.assertNone();
    if (state.now !== 'down' && state.now !== 'failed') {
      throw new PinkyError('already_up', `server ${serverId}: it was started before it could be removed`);
    }
    await unsaved.removeParked();
    if (!record.now) return server.result();
    state.apply('stop', 'it is being removed');
    return this.#begin(true, (ending) => this.#remove(ending, {}));
  }

  async #stop(mode: StopMode, ending: Ending): Promise<CommandResult> {
    this.parts.server.record.tryChange({ wanted: 'down' }); // a full disk is no reason to keep a game running
    return this.#finish(ending, await this.#endGame(mode, ending, ending.because ?? 'a stop was asked for'));
  }

  /** From any state to a game that is gone. */
  async #endGame(mode: StopMode, ending: Ending, because: string): Promise<StoppedGame | undefined> {
    const { server: { state }, starts, crashes, backups, standbys } = this.parts;
    state.apply('stop', because, { what: 'the game is asked to stop, then forced to' });
    crashes.cancel();
    starts.cancel();
    await backups.cut();
    await starts.current?.catch(() => undefined);
    const status = await this.#end(mode, ending);
    await standbys.gone;
    return status;
  }

  /**
   * A game that survives KILL is stuck in the kernel, for example because a disk or network share hangs. The stop waits
   * for it.
   */
  async #end(mode: StopMode, { hurry, force }: Ending): Promise<StoppedGame | undefined> {
    const { server: { serverId, state, runs }, files, clock, log } = this.parts;
    const run = runs.current;
    let status = await run?.stop(mode, { hurry: hurry.signal, force: force.signal }, (signal, ms) =>
      state.expect({ what: `${signal} if it has not ended`, at: clock.wallNow() + ms }),
    );
    while (run?.lives) {
      log.error({ event: 'game.outlives_kill', serverId, pid: run.pid });
      this.#stuck.resolve();
      status = await run.stop('immediate', { hurry: AbortSignal.abort() });
    }
    files.removePidFile();
    return status;
  }

  /** The game is gone, and the server is to be down. */
  async #finish(ending: Ending, status: StoppedGame | undefined): Promise<CommandResult> {
    const { server: { state, runs }, finalBackup } = this.parts;
    state.expect({ what: ending.isDiscarding ? 'it is down' : 'the final backup, then it is down' });
    const saved = ending.isDiscarding ? {} : await finalBackup.save(this.#isTorn(status));
    const { backup, parked } = saved;
    const ended = told(status);
    runs.note('stopped', {
      ...(ended ?? told(runs.current?.end)),
      ...(backup && { backup: backup.url }),
      ...(parked !== undefined && { parked }),
      ...(ending.isDiscarding && { discarded: true }),
      ...(ending.because !== undefined && { because: ending.because }),
    });
    return this.#remove(ending, { ...(ended && { ended }), ...saved });
  }

  /** Whether the game may have ended in the midst of saving, now or before this stop. */
  #isTorn(status: StoppedGame | undefined): boolean {
    const { files, server: { lastEnd } } = this.parts;
    const run = files.runs().map((id) => files.paths.run(id)).findLast(({ identity }) => readRunIdentity(identity));
    const end = status ?? lastEnd ?? (run && (readExit(run.exit) ?? {}));
    return end !== undefined && isTorn(end);
  }

  async #remove(ending: Ending, more: SavedWorld & Pick<CommandResult, 'ended'>): Promise<CommandResult> {
    const { server, removal } = this.parts;
    removal.remove(ending.because);
    const result = server.result(more);
    this.#over(ending);
    await removal.removeRest();
    return result;
  }

  /** The game is gone, and is to be started again. */
  #ready(ending: Ending, status: StoppedGame | undefined): CommandResult {
    const { server } = this.parts;
    server.runs.note('stopped', { ...told(status), restarting: true });
    server.runs.close();
    server.state.apply('exited', 'it is being restarted');
    this.#over(ending);
    return server.result();
  }

  async #endUnready({ code, message }: PinkyError, ending: Ending): Promise<CommandResult> {
    const { server, starts, crashes } = this.parts;
    const lastLines = server.runs.current?.runLog.lastLines.all ?? [];
    const status = await this.#end('immediate', ending);
    if (ending.isFinal) {
      crashes.cancel();
      starts.cancel();
      return this.#finish(ending, status);
    }
    const { code: _exit, ...end } = told(status) ?? {};
    server.runs.note('start_failed', { ...end, code, message, last_lines: lastLines });
    server.runs.close();
    starts.fail('notReady', new PinkyError(code, message, { details: { lastLines } }));
    this.#over(ending);
    return server.result();
  }

  /** The game is gone, but the server is not down as it should be. Its files stay. */
  #failed(error: unknown): never {
    const { server: { serverId, runs }, starts, log } = this.parts;
    const failure = asPinkyError(error);
    const { code, message } = failure;
    log.error({ event: 'server.stop_failed', serverId, code, message });
    runs.close();
    starts.fail('stopFailed', failure);
    throw failure;
  }
}
