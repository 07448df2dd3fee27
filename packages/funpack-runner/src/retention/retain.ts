import { basename } from 'node:path';
import { PinkyError } from '@pinky/protocol';
import { backupDir } from '../catalogue/backup-names.js';
import { knownBackups, type KnownBackup } from '../catalogue/list-backups.js';
import { storeAddress } from '../remote/store-address.js';
import type { BackupTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { expired, type Retention } from './expired.js';
import { firstRun } from './first-run.js';
import { withCatalogueIfRoom as withCatalogue } from './full-disk.js';
import { isWritten, removeBackup, removeBases } from './remove-backup.js';
import { graceMs } from './retention-rule.js';
import { trustedTime } from './trusted-time.js';

/** The names of archives that were removed, and their bytes. */
export interface Retained {
  readonly removed: readonly string[];
  readonly freedBytes: number;
}

/**
 * Removes the backups of a server that are no longer to be kept. By time, nothing goes in the first day after an
 * upgrade: somebody may want to set another rule, or to go back. A number of backups to keep holds at once, as ever. A
 * backup stays until `store` has it, and so does the base that it needs.
 */
export async function retain(
  backupsDir: string,
  serverId: string,
  retention: Retention,
  work: Pick<WorkContext, 'signal' | 'wallNow'>,
  store?: string,
): Promise<Retained> {
  const now = trustedTime(backupsDir, work.wallNow());
  if ('rule' in retention && now - firstRun(backupsDir, now) < graceMs) return { removed: [], freedBytes: 0 };
  return withCatalogue(backupsDir, serverId, work.signal, async (signal) => {
    const all = await knownBackups(backupsDir, serverId);
    if (signal.aborted) throw new PinkyError('cancelled', 'removing old backups was cancelled');
    const going = expired(all, retention, now, (one) => store !== undefined && !isCopied(one, store));
    for (const backup of going) removeBackup(backup);
    const dir = backupDir(backupsDir, serverId);
    removeBases(dir, all.filter((backup) => !going.includes(backup)), isWritten(dir));
    return {
      removed: going.map(({ path }) => basename(path)),
      freedBytes: going.reduce((sum, { size }) => sum + size, 0),
    };
  });
}

/** An archive that is to go to a store stays until the store has it, however long that takes. */
const isCopied = ({ note }: KnownBackup, store: string): boolean => note?.copies?.[storeAddress(store)] !== undefined;

/** The same at the end of a backup, as its task says. */
export async function retainAfter(
  task: Pick<BackupTask, 'backupsDir' | 'serverId' | 'keep' | 'retention' | 'store'>,
  work: Pick<WorkContext, 'signal' | 'wallNow'>,
): Promise<void> {
  const { backupsDir, serverId, keep, retention, store } = task;
  const told = keep !== undefined ? { keep } : retention && { rule: retention };
  if (told) await retain(backupsDir, serverId, told, work, store);
}
