import { asOf, knownBackups, latestBackup, runTask } from '@pinky/funpack-runner/light';
import type { BackupResult, BoxConfig, ProgressListener } from '@pinky/protocol';
import type { Prepared } from '../prepare/preparation.js';
import type { ServerFiles } from '../record/server-files.js';

export interface BackupOrder {
  readonly config: BoxConfig;
  readonly files: ServerFiles;
  /** Tells what the funpack wants in a backup. A world can be backed up without it. */
  readonly prepared: Prepared | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
  /** The last one of a stop: a full one, unless the newest is one and nothing has changed since. */
  readonly isFinal?: boolean;
}

/** Writes and finds backups of worlds. */
export interface BackupStore {
  /** Throws `backup_failed` or a similar code, `no_world` if nothing has been saved, `cancelled`. */
  write(order: BackupOrder): Promise<BackupResult>;
  /** The newest backup of a server. Undefined if there is none. */
  latest(backupsDir: string, serverId: string): Promise<{ readonly url: string } | undefined>;
  /** When the newest backup was made, or last found to hold the present world, Unix milliseconds. */
  latestAt(backupsDir: string, serverId: string): Promise<number | undefined>;
}

const defaultTimeLimitMs = 60 * 60_000;

/** Backups in the box's folder, written by a funpack-runner. */
export const runnerBackups: BackupStore = {
  async write({ config, files, prepared, signal, onProgress, isFinal }) {
    const { serverId } = files;
    const { keep, format, isIncremental, fullEveryMs, timeLimitMs = defaultTimeLimitMs } = config.backup;
    const { files: _, ...result } = await runTask(
      {
        type: 'backup',
        serverId,
        workingDir: files.paths.working,
        backupsDir: config.backups,
        ...(keep !== undefined && { keep }),
        ...(config.retention && { retention: config.retention }),
        ...(format && { format }),
        ...(isIncremental !== undefined && { incremental: isIncremental }),
        ...(fullEveryMs !== undefined && { fullEveryMs }),
        ...(isFinal && { isFinal: true }),
        ...(prepared && { funpackDir: prepared.funpack.dir, context: prepared.context }),
      },
      { serverId, signal, onProgress, timeLimitMs },
    );
    return result;
  },

  latest: latestBackup,

  async latestAt(backupsDir, serverId) {
    const newest = (await knownBackups(backupsDir, serverId)).at(-1);
    return newest && asOf(newest);
  },
};
