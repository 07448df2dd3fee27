import {
  asPinkyError,
  gapsInWords,
  PinkyError,
  type BackupResult,
  type BoxConfig,
  type CommandResult,
  type ParkedWorld,
  type ProgressListener,
} from '@pinky/protocol';
import type { BackupStore } from '../backup/backup-store.js';
import type { Backups } from '../backup/backups.js';
import type { GameServer } from '../life/game-server.js';
import type { ServerFiles } from '../record/server-files.js';
import { holdsFiles } from './holds-files.js';
import { backedUp, type KnownWorld, type WorldParking } from './world-parking.js';

export interface FinalBackupParts {
  readonly server: GameServer;
  readonly backups: Backups;
  readonly parking: WorldParking;
  readonly store: Pick<BackupStore, 'readBack'>;
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly onProgress: ProgressListener;
}

/** The world of a stopped game, as the answer of the stop tells it. */
export type SavedWorld = Pick<CommandResult, 'backup' | 'backupFailed' | 'parked'>;

type Backup = NonNullable<CommandResult['backup']>;

/** How the final backup went. */
type Attempt =
  | { readonly kind: 'whole'; readonly backup: Backup }
  | { readonly kind: 'lacking'; readonly backup: BackupResult }
  | { readonly kind: 'failed'; readonly failure: PinkyError }
  /** The game has saved no world yet, says its funpack, but it has written something. */
  | { readonly kind: 'unnamed'; readonly failure: PinkyError }
  /** The game was never up with this world, or has written nothing in it. */
  | { readonly kind: 'unused' };

/**
 * Saves the world of a game that has ended: writes the final backup, then parks the world. So no gap of a backup and no
 * failure costs a world, and every step may be done again after a death.
 */
export class FinalBackup {
  constructor(private readonly parts: FinalBackupParts) {}

  /** Throws if the world cannot be moved away, and no backup holds it. Then it stays in `working/`. */
  async save(isUnclean: boolean): Promise<SavedWorld> {
    const { server, parking } = this.parts;
    if (!server.isPersistent) return {};
    if (!parking.isInPlace) return this.#parkedBefore();
    const attempt = await this.#attempt(isUnclean);
    return this.#park(attempt, await parking.newest());
  }

  /** Parks the world of a stop that an older worker has begun, whose final backup is written. */
  async finish(backup: string | undefined): Promise<SavedWorld> {
    const { server, parking } = this.parts;
    if (!server.isPersistent || !parking.isInPlace) return {};
    const attempt: Attempt = backup === undefined ? { kind: 'unused' } : { kind: 'whole', backup: { url: backup } };
    return this.#park(attempt, await parking.newest());
  }

  async #attempt(isUnclean: boolean): Promise<Attempt> {
    const { server: { serverId, hasWorld }, backups } = this.parts;
    if (!hasWorld) return { kind: 'unused' };
    try {
      const backup = await backups.run({ rank: 'final', ...(isUnclean && { isUnclean }) });
      if (!('size' in backup)) return this.#notWritten(backup);
      return 'incomplete' in backup ? { kind: 'lacking', backup } : { kind: 'whole', backup };
    } catch (error) {
      const cause = asPinkyError(error);
      if (cause.code === 'no_world') return this.#isEmpty ? { kind: 'unused' } : { kind: 'unnamed', failure: cause };
      const failure = new PinkyError(
        cause.code === 'no_space' ? 'no_space' : 'backup_failed',
        `server ${serverId}: the final backup failed (${cause.message}); its world is kept`,
        { cause },
      );
      return { kind: 'failed', failure };
    }
  }

  /** The funpack says that there is no world, and there was one before: more likely, it does not find it. */
  #notWritten({ url }: Backup): Attempt {
    if (this.#isEmpty) return { kind: 'unused' };
    const failure = new PinkyError(
      'backup_failed',
      `server ${this.parts.server.serverId}: its funpack says that no world is saved, although there is one in an ` +
        `older backup (${url}) and working/ holds files; its world is kept`,
    );
    return { kind: 'failed', failure };
  }

  /** Whether `working/` holds nothing that the game has written. */
  get #isEmpty(): boolean {
    const { server: { funpack }, files: { paths } } = this.parts;
    return !holdsFiles(paths.working, (funpack?.manifest.files ?? []).map(({ path }) => path));
  }

  async #park(attempt: Attempt, newest: number): Promise<SavedWorld> {
    const { server, parking } = this.parts;
    if (attempt.kind !== 'whole' && attempt.kind !== 'unused') await parking.flush();
    const park = parking.park({ ...this.#known(attempt), newest });
    if (!park) return this.#leave(attempt);
    server.record.tryChange({ hasWorld: false, parkedAs: park.run });
    if (attempt.kind === 'unused') return {};
    if (attempt.kind === 'unnamed') return { parked: park.path };
    if (attempt.kind !== 'whole') this.#warn(park, attempt);
    return attempt.kind === 'failed'
      ? { backupFailed: failureOf(attempt), parked: park.path }
      : { backup: attempt.backup, parked: park.path };
  }

  #known(attempt: Attempt): Omit<KnownWorld, 'newest'> {
    const { funpack, record: { now: record } } = this.parts.server;
    const funpackDir = funpack?.dir ?? record?.funpack?.dir;
    const played = { ...(funpackDir !== undefined && { funpackDir }) };
    switch (attempt.kind) {
      case 'unused': {
        const backup = record?.takenBack?.backup;
        return { isUnused: true, ...(backup !== undefined && { backup }) };
      }
      case 'failed':
      case 'unnamed':
        return { ...played, failure: failureOf(attempt) };
      case 'whole':
      case 'lacking':
        return { ...played, ...backedUp(attempt.backup) };
    }
  }

  /** The world is on a mount point, say, and goes with the stop: only once its backup was read back. */
  async #leave(attempt: Attempt): Promise<SavedWorld> {
    const { server, store, files, config, onProgress } = this.parts;
    const { serverId } = server;
    if (attempt.kind === 'failed') throw attempt.failure;
    if (attempt.kind === 'unnamed') throw keptBecause(serverId, attempt.failure.message, {});
    if (attempt.kind === 'unused') return {};
    if (attempt.kind === 'lacking') {
      const lacks = gapsInWords(attempt.backup).join('; ');
      throw keptBecause(serverId, `the final backup may lack a part of it: ${lacks}`, { backup: attempt.backup });
    }
    const { backup } = attempt;
    try {
      await store.readBack({ config: config(), files, url: backup.url, onProgress });
    } catch (error) {
      throw keptBecause(serverId, `its backup could not be read back: ${asPinkyError(error).message}`, { backup });
    }
    server.record.tryChange({ hasWorld: false }); // an emptied folder is no world
    return { backup };
  }

  /** The worker before has parked it, and died before it could say so. */
  #parkedBefore(): SavedWorld {
    const { server: { record: { now: record } }, parking } = this.parts;
    const park = parking.all.findLast(({ run }) =>
      (record?.parkedAs === undefined ? record?.hasWorld === true : run === record.parkedAs));
    if (!park || park.record?.isUnused) return {};
    const { backup, gaps, failure } = park.record ?? {};
    if (failure?.code === 'no_world') return { parked: park.path };
    return {
      ...(backup !== undefined && { backup: { url: backup, ...gaps } }),
      ...(failure && { backupFailed: failure }),
      parked: park.path,
    };
  }

  #warn({ path }: ParkedWorld, attempt: Extract<Attempt, { kind: 'lacking' | 'failed' }>): void {
    const { serverId, runs } = this.parts.server;
    const because = attempt.kind === 'failed'
      ? attempt.failure.message
      : `its backup may lack a part: ${gapsInWords(attempt.backup).join('; ')}`;
    runs.note('warning', {
      kind: 'world_unsaved',
      message: `server ${serverId}: no backup holds all of its world, which is parked in ${path}; the next start ` +
        `goes on with it (${because})`,
    });
  }
}

const failureOf = ({ failure: { code, message } }: Extract<Attempt, { kind: 'failed' | 'unnamed' }>) =>
  ({ code, message });

const keptBecause = (serverId: string, because: string, details: Readonly<Record<string, unknown>>): PinkyError =>
  new PinkyError('backup_failed', `server ${serverId}: its world is kept, because ${because}`, { details });
