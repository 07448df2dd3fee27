import { asPinkyError, deferred, PinkyError, type CommandResult } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import type { StopMode } from '../stop/stop-game.js';
import type { Backups } from '../backup/backups.js';
import type { GameServer } from './game-server.js';

/**
 * How long the answer to a stop waits for the last events to be published, so that nothing at all is left behind.
 * Milliseconds.
 */
const flushMs = 2_000;

/**
 * One way in which a game is being ended. A stop that arrives during a restart, or an unready game's end, takes it
 * over.
 */
interface Flow {
  readonly kind: 'stop' | 'restart' | 'unready';
  readonly promise: Promise<CommandResult>;
  readonly hurry: AbortController;
}

/** Everything that ends a game on purpose: stop, restart, and a game that did not get ready. */
export class StopFlow {
  #current: Flow | undefined;
  /** The server is to be down when the flow is over, whatever it began as. */
  #isFinal = false;
  readonly #stuck = deferred<void>();

  constructor(
    private readonly server: GameServer,
    private readonly backups: Backups,
    private readonly published: (timeoutMs: number) => Promise<void>,
  ) {
    server.hooks = {
      endedByItself: () => void this.stop('graceful').catch(() => undefined), // told as an event where it fails
      notReady: () => this.#notReady(),
      up: () => backups.schedule(),
    };
  }

  get current(): Promise<CommandResult> | undefined {
    return this.#current?.promise;
  }

  /** Resolves once a game has outlived KILL. Its stop goes on all the same. */
  get stuck(): Promise<void> {
    return this.#stuck.promise;
  }

  /**
   * Ends the game, writes the final backup, removes what the server had on disk (DESIGN §4). A second call joins the
   * first; `immediate` makes it hurry.
   */
  stop(mode: StopMode): Promise<CommandResult> {
    const current = this.#current;
    if (mode === 'immediate') current?.hurry.abort();
    if (!current) return this.#begin('stop', (hurry) => this.#stop(mode, hurry));
    if (current.kind !== 'stop') this.#stopInstead();
    return current.promise;
  }

  /**
   * Ends the game and starts it again, world and folder as they are. Throws `cancelled` where a stop came in between.
   */
  async restart(): Promise<CommandResult> {
    const { server } = this;
    const { record } = server;
    if (!record) {
      throw new PinkyError(
        'not_running',
        `server ${server.serverId} is down, and nothing says what to start: that goes with a stop`,
      );
    }
    let wasCancelled = false;
    await this.#begin('restart', async (hurry) => {
      const status = await this.#endGame('graceful', hurry, 'a restart was asked for');
      if (this.#isFinal) {
        wasCancelled = true;
        return this.#finish(status);
      }
      server.runs.note('stopped', { ...told(status), restarting: true });
      server.runs.close();
      server.apply('exited', 'it is being restarted');
      return server.result();
    });
    if (wasCancelled) {
      throw new PinkyError('cancelled', `server ${server.serverId}: the restart was cancelled by a stop`);
    }
    return server.begin(record.start);
  }

  /**
   * Goes on with a stop that a predecessor had begun, the game being gone and the final backup written: only files are
   * left.
   */
  resume(): Promise<CommandResult> {
    return this.#begin('stop', () => this.#clear());
  }

  #begin(kind: Flow['kind'], flow: (hurry: AbortSignal) => Promise<CommandResult>): Promise<CommandResult> {
    const { server } = this;
    const hurry = new AbortController();
    server.isStopping = true;
    this.#isFinal = kind === 'stop';
    const promise = flow(hurry.signal).catch((error: unknown) => this.#failed(error)).finally(() => {
      this.#current = undefined;
      server.isStopping = false;
    });
    this.#current = { kind, promise, hurry };
    return promise;
  }

  #stopInstead(): void {
    if (this.#isFinal) return;
    this.#isFinal = true;
    this.server.tryWrite({ wanted: 'down' });
    this.server.apply('stop', 'a stop was asked for');
  }

  async #stop(mode: StopMode, hurry: AbortSignal): Promise<CommandResult> {
    this.server.tryWrite({ wanted: 'down' }); // a full disk is no reason to keep a game running
    return this.#finish(await this.#endGame(mode, hurry, 'a stop was asked for'));
  }

  /** From whatever state to a game that is gone. */
  async #endGame(mode: StopMode, hurry: AbortSignal, because: string): Promise<ExitStatus | undefined> {
    const { server } = this;
    server.apply('stop', because, { what: 'the game is asked to stop, then made to' });
    server.cancelStart();
    await this.backups.cut();
    await server.starting?.catch(() => undefined);
    return this.#end(mode, hurry);
  }

  /** A game that KILL does not end sits in the kernel (a disk or network share that hangs): it is waited for. */
  async #end(mode: StopMode, hurry: AbortSignal): Promise<ExitStatus | undefined> {
    const { instance, options: { clock } } = this.server;
    let status = await instance?.stop(mode, hurry, (signal, ms) =>
      this.server.expect({ what: `${signal}, if it has not ended`, at: clock.wallNow() + ms }),
    );
    while (instance?.lives) {
      this.server.options.log.error({ event: 'game.outlives_kill', serverId: this.server.serverId, pid: instance.pid });
      this.#stuck.resolve();
      status = await instance.stop('immediate', AbortSignal.abort());
    }
    this.server.options.files.removePidFile();
    return status;
  }

  /** What follows the game's end: the final backup, then everything that the server had is removed. */
  async #finish(status: ExitStatus | undefined): Promise<CommandResult> {
    const { server } = this;
    server.expect({ what: 'the final backup, then it is down' });
    const backup = await this.#finalBackup();
    server.runs.note('stopped', { ...told(status), ...(backup && { backup: backup.url }) });
    return this.#clear(backup);
  }

  async #clear(backup?: CommandResult['backup']): Promise<CommandResult> {
    const { server } = this;
    const { files } = server.options;
    files.assertOurs();
    server.runs.closeLast();
    this.#remove();
    server.apply('exited', 'it was stopped');
    await this.published(flushMs);
    if (files.runs().length > 0) server.instance?.run.archiveAll(); // Redis is away: a start may come before it is back
    else if (!server.record) files.removeAll();
    return server.result({ ...(backup && { backup }) });
  }

  async #finalBackup(): Promise<CommandResult['backup']> {
    const { server } = this;
    if (!this.backups.isPersistent || !this.backups.hasWorld) return undefined;
    try {
      return await this.backups.run();
    } catch (error) {
      const cause = asPinkyError(error);
      if (cause.code === 'no_world') return undefined;
      throw new PinkyError(
        cause.code === 'no_space' ? 'no_space' : 'backup_failed',
        `server ${server.serverId}: the final backup failed (${cause.message}); its world is kept`,
        { cause },
      );
    }
  }

  #remove(): void {
    const { server } = this;
    const { files, ports } = server.options;
    if (server.record) ports.release(server.serverId, server.record.port);
    files.removeAllButRuns();
    server.record = undefined;
    server.prepared = undefined;
  }

  /** The game is gone, and the server is not down as it should be: its files stay. */
  #failed(error: unknown): never {
    const { server } = this;
    const failure = asPinkyError(error);
    server.options.log.error({
      event: 'server.stop_failed',
      serverId: server.serverId,
      code: failure.code,
      message: failure.message,
    });
    server.runs.close();
    server.fail('stopFailed', failure);
    throw failure;
  }

  #notReady(): void {
    if (this.#current) return;
    this.#begin('unready', (hurry) => this.#endUnready(hurry)).catch(() => undefined); // told as an event
  }

  async #endUnready(hurry: AbortSignal): Promise<CommandResult> {
    const { server } = this;
    const lastLines = server.instance?.run.lastLines.all ?? [];
    const status = await this.#end('immediate', hurry);
    if (this.#isFinal) {
      server.cancelStart();
      return this.#finish(status);
    }
    server.runs.note('start_failed', { code: 'start_timeout', ...status, last_lines: lastLines });
    server.runs.close();
    const seconds = (server.funpack?.manifest.startTimeoutMs ?? 120_000) / 1_000;
    server.fail(
      'notReady',
      new PinkyError(
        'start_timeout',
        `server ${server.serverId}: the game did not say that it is ready within ${seconds} s`,
        { details: { lastLines } },
      ),
    );
    return server.result();
  }
}

/** How a game ended, in an event; nothing where none was running. */
const told = (status: ExitStatus | undefined) => status && { ...status, how: describeExit(status) };
