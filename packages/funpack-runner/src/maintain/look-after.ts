import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf, isServerId, type DamagedBackup } from '@pinky/protocol';
import { knownBackups } from '../catalogue/list-backups.js';
import { verifyAndNote } from '../catalogue/verify.js';
import { retain } from '../retention/retain.js';
import type { MaintainTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';

/**
 * Reads back the newest backup of each server, if nobody has done so yet. Answers how many it read. One that cannot be
 * read now holds up no other; its failure is thrown at the end.
 */
export async function verifyNewest({ backupsDir }: MaintainTask, work: WorkContext): Promise<number> {
  const failures: unknown[] = [];
  let read = 0;
  for (const id of serversIn(backupsDir)) {
    if (work.signal.aborted) return read;
    try {
      if (await verifyOne(backupsDir, id, work)) read += 1;
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
  return read;
}

async function verifyOne(backupsDir: string, id: string, work: WorkContext): Promise<boolean> {
  const newest = (await knownBackups(backupsDir, id)).at(-1);
  if (!newest || newest.note?.verifiedAt !== undefined || newest.note?.problem !== undefined) return false;
  return (await verifyAndNote(backupsDir, id, newest.seconds, work)) !== undefined;
}

/** Removes what is no longer to be kept, also of servers that are gone. Answers how many backups it removed. */
export async function retainAll(task: MaintainTask, work: WorkContext): Promise<number> {
  const { backupsDir, keep, retention, store } = task;
  const told = keep !== undefined ? { keep } : retention && { rule: retention };
  let removed = 0;
  for (const id of told ? serversIn(backupsDir) : [])
    if (told && !work.signal.aborted) removed += (await retain(backupsDir, id, told, work, store)).removed.length;
  return removed;
}

/** The backups of each server that were read back, by whomever, and are not whole. */
export async function damagedBackups(backupsDir: string): Promise<Record<string, readonly DamagedBackup[]>> {
  const damaged: Record<string, readonly DamagedBackup[]> = {};
  for (const id of serversIn(backupsDir)) {
    const found = (await knownBackups(backupsDir, id)).flatMap(({ path, note }) =>
      note?.problem === undefined ? [] : [{ name: basename(path), because: note.problem }]);
    if (found.length > 0) damaged[id] = found;
  }
  return damaged;
}

function serversIn(backupsDir: string): string[] {
  try {
    return readdirSync(join(backupsDir, 'worlds')).filter(isServerId);
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return [];
    throw failure;
  }
}
