import { asPinkyError, PinkyError, type CommandResult } from '@pinky/protocol';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import type { StopMode } from '../stop/stop-game.js';
import type { Backups } from './backups.js';
import type { GameServer } from './game-server.js';

/** How long the answer to a stop waits for the last events to be published, so that nothing at all is left behind. Milliseconds. */
const flushMs = 2_000;

/** Everything that ends a game on purpose: stop, restart, and a game that did not get ready. */
export class StopFlow {
  #current: { readonly promise: Promise<CommandResult>; readonly hurry: AbortController } | undefined;

  constructor(private readonly server: GameServer, private readonly backups: Backups, private readonly published: (timeoutMs: number) => Promise<void>) {
    server.hooks = {
      endedByItself: () => void this.stop('graceful').catch(() => undefined), // told as an event where it fails
      notReady: () => void this.#notReady(),
      up: () => backups.schedule(),
    };
  }

  get current(): Promise<CommandResult> | undefined {
    return this.#current?.promise;
  }

  /**
   * Ends the game, writes the final backup, removes what the server had on disk (DESIGN §4). A second call joins the
   * first; `immediate` makes it hurry.
   */
  stop(mode: StopMode): Promise<CommandResult> {
    if (mode === 'immediate') this.#current?.hurry.abort();
    return this.#current?.promise ?? this.#begin((hurry) => this.#stop(mode, hurry));
  }

  /** Ends the game and starts it again, world and folder as they are. */
  restart(): Promise<CommandResult> {
    const { record } = this.server;
    if (!record) throw new PinkyError('not_running', `server ${this.server.serverId} has never been started`);
    return this.#begin((hurry) => this.#endGame('graceful', hurry)).then(() => this.server.begin(record.start));
  }

  #begin(flow: (hurry: AbortSignal) => Promise<CommandResult>): Promise<CommandResult> {
    const { server } = this;
    const hurry = new AbortController();
    server.isStopping = true;
    const promise = flow(hurry.signal).finally(() => {
      this.#current = undefined;
      server.isStopping = false;
    });
    this.#current = { promise, hurry };
    return promise;
  }

  async #stop(mode: StopMode, hurry: AbortSignal): Promise<CommandResult> {
    const { server } = this;
    server.write({ wanted: 'down' });
    await this.#endGame(mode, hurry, 'a stop was asked for');
    const backup = await this.#finalBackup();
    server.instance?.run.note('stopped', { ...(backup && { backup: backup.url }) });
    server.closeInstance();
    this.#remove();
    server.apply('exited', 'it was stopped');
    await this.published(flushMs);
    return server.result({ ...(backup && { backup }) });
  }

  /** From whatever state to a game that is gone. */
  async #endGame(mode: StopMode, hurry: AbortSignal, because = 'a restart was asked for'): Promise<CommandResult> {
    const { server } = this;
    const isRestart = because.startsWith('a restart');
    server.apply('stop', because, { what: 'the game is asked to stop, then made to' });
    server.cancelStart();
    await this.backups.cut();
    await server.starting?.catch(() => undefined);
    const status = await this.#end(mode, hurry);
    if (!isRestart) return server.result();
    server.instance?.run.note('stopped', { ...status, how: describeExit(status), restarting: true });
    server.closeInstance();
    server.apply('exited', 'it is being restarted');
    return server.result();
  }

  async #end(mode: StopMode, hurry: AbortSignal): Promise<ExitStatus> {
    const { instance } = this.server;
    if (!instance) return {};
    const status = await instance.stop(mode, hurry);
    instance.run.readToEnd(true);
    return status;
  }

  async #finalBackup(): Promise<CommandResult['backup']> {
    const { server } = this;
    if (!this.backups.isPersistent || !server.record?.hasWorld) return undefined;
    try {
      return await this.backups.run();
    } catch (error) {
      const cause = asPinkyError(error);
      const failure = new PinkyError(cause.code === 'no_space' ? 'no_space' : 'backup_failed', `server ${server.serverId}: the final backup failed (${cause.message}); its world is kept`, { cause });
      server.closeInstance();
      server.fail('stopFailed', failure);
      throw failure;
    }
  }

  #remove(): void {
    const { server } = this;
    const { files, ports } = server.options;
    const port = server.record?.port;
    files.removeAllButRuns();
    if (port !== undefined) ports.release(server.serverId, port);
    server.record = undefined;
    server.prepared = undefined;
  }

  async #notReady(): Promise<void> {
    const { server } = this;
    const { instance } = server;
    if (!instance) return;
    server.isStopping = true;
    const lastLines = instance.run.lastLines;
    await instance.stop('immediate', AbortSignal.abort());
    instance.run.readToEnd(true);
    instance.run.note('start_failed', { code: 'start_timeout', last_lines: lastLines });
    server.closeInstance();
    server.isStopping = false;
    const seconds = (server.funpack?.manifest.startTimeoutMs ?? 120_000) / 1_000;
    server.fail('notReady', new PinkyError('start_timeout', `server ${server.serverId}: the game did not say that it is ready within ${seconds} s`, { details: { lastLines } }));
  }
}
