import { rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, isServerId, PinkyError, type WaitingBackups } from '@pinky/protocol';
import { archiveName, backupDir } from '../catalogue/backup-names.js';
import { readNote } from '../catalogue/backup-note.js';
import { listBackups, type StoredBackup } from '../catalogue/list-backups.js';
import { progressName, sendBackup, type Pending, type UploadContext } from './send-backup.js';

/**
 * Sends every backup to the store that it does not have, the newest of each server first. A base goes before its
 * increments, which are of no use without it. Each note says where its archive is. Answers how many were sent. One
 * archive that cannot be sent holds up no other, so the first failure is thrown when all were tried, or when the store
 * itself does not answer. A copy that is there by then stays.
 */
export async function uploadPending(context: UploadContext): Promise<number> {
  const failures = new Failures(context);
  let sent = 0;
  for (const serverId of await idsWithBackups(context.backupsDir)) {
    try {
      sent += await uploadServer(context, serverId, failures);
    } catch (failure) {
      await failures.add(failure);
    }
    if (failures.isStoreDown) break;
  }
  if (failures.first !== undefined) throw failures.first;
  return sent;
}

async function uploadServer(context: UploadContext, serverId: string, failures: Failures): Promise<number> {
  const { backupsDir } = context;
  removeForgotten(backupsDir, serverId, await listBackups(backupsDir, serverId), await namesIn(backupsDir, serverId));
  const missing = new Set<string | undefined>();
  let sent = 0;
  for (const backup of inOrder(await pendingOf(context, serverId))) {
    const base = backup.note?.base;
    if (base !== undefined && missing.has(base)) continue;
    try {
      failures.assertWanted();
      if (await sendBackup(context, backup)) sent += 1;
    } catch (failure) {
      await failures.add(failure);
      missing.add(archiveName(backup));
    }
    if (failures.isStoreDown) break;
  }
  return sent;
}

/** The failures of a round. */
class Failures {
  #first: unknown;
  #isStoreDown = false;

  constructor(private readonly context: UploadContext) {}

  get first(): unknown {
    return this.#first;
  }

  get isStoreDown(): boolean {
    return this.#isStoreDown;
  }

  assertWanted(): void {
    if (!this.context.work.signal.aborted) return;
    throw new PinkyError('cancelled', 'sending backups to the store was cancelled');
  }

  /** Asks the store whether it is there: if it is, the failure is that of one archive. Throws `cancelled`. */
  async add(failure: unknown): Promise<void> {
    if (failure instanceof PinkyError && failure.code === 'cancelled') throw failure;
    this.assertWanted();
    this.#first ??= failure;
    try {
      await this.context.store.stat('worlds/.asked'); // no server has such a name
    } catch {
      this.#isStoreDown = true;
    }
  }
}

/** The backups that wait, by server. It asks nothing but files of this machine. */
export async function waitingBackups(
  context: Pick<UploadContext, 'backupsDir' | 'store'>,
): Promise<Record<string, WaitingBackups>> {
  const waiting: Record<string, WaitingBackups> = {};
  for (const serverId of await idsWithBackups(context.backupsDir)) {
    const pending = await pendingOf(context, serverId);
    const [oldest] = pending;
    if (!oldest) continue;
    const bytes = pending.reduce((sum, { size }) => sum + size, 0);
    waiting[serverId] = { count: pending.length, bytes, since: oldest.seconds * 1_000 };
  }
  return waiting;
}

/** Oldest first. */
async function pendingOf(
  { backupsDir, store }: Pick<UploadContext, 'backupsDir' | 'store'>,
  serverId: string,
): Promise<readonly Pending[]> {
  return (await listBackups(backupsDir, serverId)).flatMap((backup) => {
    const note = readNote(backupsDir, serverId, backup.seconds);
    const size = statSync(backup.path, { throwIfNoEntry: false })?.size;
    return size === undefined || note?.copies?.[store.url] ? [] : [{ ...backup, size, note }];
  });
}

function inOrder(pending: readonly Pending[]): readonly Pending[] {
  const bases = new Map(pending.map((backup) => [archiveName(backup), backup]));
  const ordered = pending.toReversed().flatMap((backup) => {
    const base = backup.note?.base === undefined ? undefined : bases.get(backup.note.base);
    return base ? [base, backup] : [backup];
  });
  return [...new Set(ordered)];
}

/** Removes what is written down about archives that are gone, and what a round left that was killed. */
function removeForgotten(
  backupsDir: string,
  serverId: string,
  backups: readonly StoredBackup[],
  names: readonly string[],
): void {
  const present = new Set(backups.map(({ seconds }) => progressName(seconds)));
  const isForgotten = (name: string): boolean =>
    /^\.\d+\.seal$/.test(name) || (/^\.\d+\.upload\.json$/.test(name) && !present.has(name));
  for (const name of names.filter(isForgotten)) rmSync(join(backupDir(backupsDir, serverId), name), { force: true });
}

const namesIn = (backupsDir: string, serverId: string): Promise<string[]> => readdir(backupDir(backupsDir, serverId));

async function idsWithBackups(backupsDir: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(backupsDir, 'worlds'))).filter(isServerId).sort();
  } catch (failure) {
    if (errnoOf(failure) === 'ENOENT') return [];
    throw failure;
  }
}
