import { noteIfChanged, removePark } from '@pinky/funpack-runner/light';
import { PinkyError, safetyOf, safetyOfBackup, type BoxConfig, type ProgressListener } from '@pinky/protocol';
import type { BackupStore } from '../backup/backup-store.js';
import type { GameServer } from '../life/game-server.js';
import type { ServerFiles } from '../record/server-files.js';
import type { WorldParking } from './world-parking.js';

export interface UnsavedWorldsParts {
  readonly server: GameServer;
  readonly parking: WorldParking;
  readonly store: Pick<BackupStore, 'readBack'>;
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly onProgress: ProgressListener;
}

/** Finds out whether anything is lost with the worlds of a server that is to be removed, and removes them. */
export class UnsavedWorlds {
  constructor(private readonly parts: UnsavedWorldsParts) {}

  /**
   * Throws `world_unsaved` if there is a world which is in no backup that was read back. Backups that nobody has read
   * yet are read now.
   */
  async assertNone(): Promise<void> {
    const { server, parking } = this.parts;
    const taken = server.record.now?.takenBack?.backup;
    if (server.isPersistent && server.hasWorld) throw this.#unsaved('working/');
    if (taken !== undefined && parking.isInPlace) await this.#assertHeld(taken, 'working/');
    for (const park of parking.all) {
      const { path, record } = park;
      const safety = await safetyOf(park);
      if (safety === 'unsaved') throw this.#unsaved(path);
      if (safety === 'unread' && record?.backup !== undefined) await this.#assertHeld(record.backup, path);
      if (await noteIfChanged(park, new AbortController().signal)) throw this.#unsaved(path);
    }
  }

  async removeParked(): Promise<void> {
    const { parking, files } = this.parts;
    for (const park of parking.all) await removePark(files.servers, park);
  }

  async #assertHeld(url: string, where: string): Promise<void> {
    const { files, store, config, onProgress } = this.parts;
    const safety = await safetyOfBackup(url);
    if (safety === 'saved') return;
    if (safety === 'unsaved') throw this.#unsaved(where);
    try {
      await store.readBack({ config: config(), files, url, onProgress });
    } catch (cause) {
      throw this.#unsaved(where, cause);
    }
  }

  #unsaved(where: string, cause?: unknown): PinkyError {
    return new PinkyError(
      'world_unsaved',
      `server ${this.parts.server.serverId} has a world in ${where} that no verified backup holds`,
      { cause },
    );
  }
}
