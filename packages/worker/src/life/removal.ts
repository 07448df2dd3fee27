import { asPinkyError, gapsInWords, PinkyError, type CommandResult, type Logger } from '@pinky/protocol';
import type { Backups } from '../backup/backups.js';
import { describeExit, type ExitStatus } from '../launch/exit-status.js';
import type { Ports } from '../ports/port-pool.js';
import type { ServerFiles } from '../record/server-files.js';
import type { GameServer } from './game-server.js';

/**
 * How long the answer to a stop waits for the last events to be published, milliseconds. Then nothing at all is left
 * behind.
 */
const publishMs = 2_000;

export interface RemovalParts {
  readonly server: GameServer;
  readonly backups: Backups;
  readonly files: ServerFiles;
  readonly ports: Ports;
  readonly log: Logger;
  /** Resolves when everything is published, or after the time. */
  readonly published: (timeoutMs: number) => Promise<void>;
}

/** Takes a server down whose game has ended: writes the final backup, then removes everything that the server had. */
export class Removal {
  constructor(private readonly parts: RemovalParts) {}

  /**
   * Writes the final backup. Undefined if there is no world worth a backup. Throws if it fails, or may lack a part of
   * the world: what is removed next must be in it.
   */
  async finalBackup(): Promise<CommandResult['backup']> {
    const { server: { serverId }, backups } = this.parts;
    if (!backups.isPersistent || !backups.hasWorld) return undefined;
    const backup = await this.#backUp();
    // `backup` is older than this stop, or whole
    if (!backup || !('incomplete' in backup)) return backup;
    throw new PinkyError(
      'backup_failed',
      `server ${serverId}: its world is kept, because the final backup may lack a part of it: ` +
        `${gapsInWords(backup).join('; ')}`,
      { details: { backup } },
    );
  }

  async #backUp(): Promise<CommandResult['backup']> {
    const { server: { serverId }, backups } = this.parts;
    try {
      return await backups.run({ isFinal: true });
    } catch (error) {
      const cause = asPinkyError(error);
      if (cause.code === 'no_world') return undefined;
      throw new PinkyError(
        cause.code === 'no_space' ? 'no_space' : 'backup_failed',
        `server ${serverId}: the final backup failed (${cause.message}); its world is kept`,
        { cause },
      );
    }
  }

  /** Removes what the server had, except what is not published yet. Then the server is down. */
  remove(): void {
    const { server, files, ports } = this.parts;
    files.assertOurs();
    server.runs.closeLast();
    files.keepHistory();
    if (server.record.now) ports.release(server.serverId, server.record.now.port);
    files.removeAllButRuns();
    server.forget();
    server.state.apply('exited', 'it was stopped');
  }

  /** Removes the rest once it is published, unless the server has been started again. */
  async removeRest(): Promise<void> {
    const { server, files, published } = this.parts;
    await published(publishMs);
    if (files.runs().length === 0 && !server.record.now) files.removeAll();
  }
}

/** How a game ended, for an event. Nothing if no game was running. */
export const told = (status: ExitStatus | undefined) => status && { ...status, how: describeExit(status) };
