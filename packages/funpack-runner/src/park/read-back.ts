import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PinkyError } from '@pinky/protocol';
import { parseArchiveName } from '../catalogue/backup-names.js';
import { verifyAndNote } from '../catalogue/verify.js';
import type { ReadBackTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';

/**
 * Reads a backup back, and has it written down that it is whole. Throws `bad_archive` if it is not, `not_found` if it
 * is not there any more, and `cancelled`.
 */
export async function readBack(
  { backupsDir, serverId, url }: ReadBackTask,
  work: WorkContext,
): Promise<RunnerResults['readBack']> {
  const name = parseArchiveName(basename(fileURLToPath(url)));
  const note = name && (await verifyAndNote(backupsDir, serverId, name.seconds, work));
  if (!note) throw new PinkyError('not_found', `there is no backup ${url} of the server ${serverId}`);
  if (note.problem !== undefined) throw new PinkyError('bad_archive', `${url}: ${note.problem}`);
  return {};
}
