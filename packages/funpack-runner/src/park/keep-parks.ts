import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parkedWorlds, safetyOf, serversWithParks, type ParkedWorld } from '@pinky/protocol';
import { parseArchiveName } from '../catalogue/backup-names.js';
import { verifyAndNote } from '../catalogue/verify.js';
import { trustedTime } from '../retention/trusted-time.js';
import type { MaintainTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { removeParks } from './remove-parks.js';

/**
 * Reads the backups of parked worlds back that nobody has read yet, then removes what is beyond the limits. Answers how
 * many backups were read and worlds removed. A backup that cannot be read now holds up nothing else; its failure is
 * thrown at the end. Throws `cancelled`.
 */
export async function keepParks({ servers, backupsDir, parked }: MaintainTask, work: WorkContext): Promise<number> {
  const failures: unknown[] = [];
  let done = 0;
  for (const park of serversWithParks(servers).flatMap((id) => parkedWorlds(servers, id))) {
    if (work.signal.aborted) return done;
    try {
      if (await readBackupOf(park, backupsDir, work)) done += 1;
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (parked) {
    const wallNow = (): number => trustedTime(backupsDir, work.wallNow());
    done += (await removeParks({ servers, ...parked }, { ...work, wallNow })).removed.length;
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

async function readBackupOf(park: ParkedWorld, backupsDir: string, work: WorkContext): Promise<boolean> {
  const url = park.record?.backup;
  if (url === undefined || (await safetyOf(park)) !== 'unread') return false;
  const name = parseArchiveName(basename(fileURLToPath(url)));
  return name !== undefined && (await verifyAndNote(backupsDir, park.serverId, name.seconds, work)) !== undefined;
}
