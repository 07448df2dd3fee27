import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parkedWorlds, safetyOf, serversWithParks } from '@pinky/protocol';
import { parseArchiveName } from '../catalogue/backup-names.js';
import { verifyAndNote } from '../catalogue/verify.js';
import type { MaintainTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { removeParks } from './remove-parks.js';

/**
 * Reads the backups of parked worlds back that nobody has read yet, then removes what is beyond the limits. Answers how
 * many backups were read and worlds removed. Throws `cancelled`.
 */
export async function keepParks({ servers, backupsDir, parked }: MaintainTask, work: WorkContext): Promise<number> {
  let read = 0;
  for (const id of serversWithParks(servers))
    for (const park of parkedWorlds(servers, id)) {
      if (work.signal.aborted) return read;
      const url = park.record?.backup;
      if (url === undefined || (await safetyOf(park)) !== 'unread') continue;
      const name = parseArchiveName(basename(fileURLToPath(url)));
      if (name && (await verifyAndNote(backupsDir, id, name.seconds, work))) read += 1;
    }
  if (!parked) return read;
  return read + (await removeParks({ servers, ...parked }, work)).removed.length;
}
