import { asOf, knownBackups, latestBackup, listBackups, runTask, type BackupTask } from '@pinky/funpack-runner/light';
import {
  backupStore,
  type BackupResult,
  type BoxConfig,
  type ParkedWorld,
  type ProgressListener,
} from '@pinky/protocol';
import type { Prepared } from '../prepare/preparation.js';
import type { ServerFiles } from '../record/server-files.js';

export interface BackupOrder {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  /** Tells what the funpack wants in a backup. A world can be backed up without it. */
  readonly prepared: Prepared | undefined;
  /** Everything in the folder, whatever the funpack says, and without its bin/import. */
  readonly isForced?: true;
  /** The game was ended by force, so what it saved last may be torn. */
  readonly isUnclean?: true;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  /** The last one of a stop: a full one, unless the newest is one and nothing has changed since. */
  readonly isFinal?: true;
}

/** A backup of a world that is parked. */
export type ParkedOrder = Omit<BackupOrder, 'prepared'> & { readonly park: ParkedWorld };

/** A backup that is to be read back. */
export interface ReadBackOrder extends Pick<BackupOrder, 'config' | 'files' | 'onProgress'> {
  readonly url: string;
}

/** Writes and finds backups of worlds. */
export interface BackupStore {
  /** Throws `backup_failed` or a similar code, `no_world` if nothing has been saved, `cancelled`. */
  write(order: BackupOrder): Promise<BackupResult>;
  /** The same for a world that is parked. */
  writeParked(order: ParkedOrder): Promise<BackupResult>;
  /**
   * Reads a backup, and has it written down that it is whole. Throws `bad_archive` or a similar code if it is not, and
   * `deadline_exceeded` after the time that a backup may take.
   */
  readBack(order: ReadBackOrder): Promise<void>;
  /** The newest backup of a server. Undefined if there is none. */
  latest(backupsDir: string, serverId: string): Promise<{ readonly url: string } | undefined>;
  /** When the newest backup was made, or last found to hold the present world, Unix milliseconds. */
  latestAt(backupsDir: string, serverId: string): Promise<number | undefined>;
  /** The number in the name of the newest backup. 0 if there is none. */
  newestNumber(backupsDir: string, serverId: string): Promise<number>;
}

/** Backups in the box's folder, written by a funpack-runner. */
export const runnerBackups: BackupStore = {
  write: ({ prepared, ...order }) =>
    written(order, {
      workingDir: order.files.paths.working,
      ...(prepared && { funpackDir: prepared.funpack.dir, context: prepared.context }),
    }),

  writeParked: ({ park, ...order }) =>
    written(order, {
      workingDir: park.path,
      linkRoot: order.files.paths.working,
      ...(park.record?.funpackDir !== undefined && { funpackDir: park.record.funpackDir }),
    }),

  async readBack({ config, files: { serverId }, url, onProgress }) {
    const { timeLimitMs = defaultTimeLimitMs } = config.backup;
    await runTask({ type: 'readBack', backupsDir: config.backups, boxHome: config.home, serverId, url },
      { serverId, onProgress, timeLimitMs },
    );
  },

  latest: latestBackup,

  async latestAt(backupsDir, serverId) {
    const newest = (await knownBackups(backupsDir, serverId)).at(-1);
    return newest && asOf(newest);
  },

  async newestNumber(backupsDir, serverId) {
    return (await listBackups(backupsDir, serverId)).at(-1)?.seconds ?? 0;
  },
};

const defaultTimeLimitMs = 60 * 60_000;

/** With a forced one, everything in the folder is the world, but for the files with secrets. */
async function written(
  { config, files: { serverId }, isForced, isUnclean, isFinal, signal, onProgress }: Omit<BackupOrder, 'prepared'>,
  { funpackDir, context, ...where }: Pick<BackupTask, 'workingDir' | 'linkRoot' | 'funpackDir' | 'context'>,
): Promise<BackupResult> {
  const { keep, format, isIncremental, fullEveryMs, timeLimitMs = defaultTimeLimitMs } = config.backup;
  const store = backupStore(config.backup);
  const { files: _, ...result } = await runTask(
    {
      type: 'backup',
      serverId,
      backupsDir: config.backups,
      ...(keep !== undefined && { keep }),
      ...(config.retention && { retention: config.retention }),
      ...(format && { format }),
      ...(isIncremental !== undefined && { incremental: isIncremental }),
      ...(fullEveryMs !== undefined && { fullEveryMs }),
      ...(isFinal && { isFinal }),
      ...(store !== undefined && { store }),
      ...(config.backup.isEncrypted && { sealFor: config.home }),
      ...where,
      ...(funpackDir !== undefined && { funpackDir }),
      ...(isForced ? { isForced } : context && { context }),
      ...(isUnclean && { isUnclean }),
    },
    { serverId, signal, onProgress, timeLimitMs },
  );
  return result;
}
