import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assertServerId, errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { archiveName, backupDir, manifestName, type BackupKind } from '../catalogue/backup-names.js';
import { readNote, withCatalogue, writeNote, type BackupNote } from '../catalogue/backup-note.js';
import { basisOf, type Basis } from '../increment/basis.js';
import { Ledger, Outgrown } from '../increment/ledger.js';
import { ManifestWriter } from '../increment/manifest-writer.js';
import { isThere } from '../kernel/is-there.js';
import { makeFolder } from '../kernel/make-folder.js';
import { OpenFolder } from '../kernel/open-folder.js';
import { Gaps } from '../pack/gaps.js';
import { isFull } from '../retention/full-disk.js';
import { retainAfter } from '../retention/retain.js';
import { encodeGlobal } from '../tar/tar-writer.js';
import type { BackupTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { sealingKey } from '../seal/key-ring.js';
import { giveBack, reserve, type Place } from './place.js';
import { hasBase, keepBase, publish } from './publish.js';
import { nothingSelected, selectionOf, type Selected } from './select-world.js';
import type { World } from './world-items.js';
import { writeArchive, type Written } from './write-archive.js';

type Result = RunnerResults['backup'];

/**
 * Writes a backup beside its place, and gives it its name when it is whole and on the disk: a full one, or only what
 * has changed since a full one, or none where nothing has changed. Then removes what is no longer to be kept.
 * Throws `no_world`, `import_failed`, `no_space`, `cancelled` or `backup_failed`. Then nothing of it is left.
 */
export async function backUp(task: BackupTask, work: WorkContext): Promise<Result> {
  assertServerId(task.serverId);
  let place: Place | undefined;
  try {
    const root = OpenFolder.at(resolve(task.workingDir)); // a link in its place could lead to anything on the box
    try {
      makeFolder(backupDir(task.backupsDir, task.serverId), 0o700);
      place = await placeFor(task, work);
      const job = {
        task,
        work,
        root,
        place,
        startedAt: work.wallNow(),
        selected: await selectionOf(task, work),
      };
      const result = await write(job);
      // The backup is there whatever this does; the maintenance does it again, and tells why where it cannot.
      await retainAfter(task, work).catch(() => undefined);
      return result;
    } finally {
      root.close();
    }
  } catch (failure) {
    throw explained(failure, task.serverId);
  } finally {
    if (place) giveBack(place);
  }
}

/** A full disk may hold backups that are not to be kept any more. */
async function placeFor(task: BackupTask, work: WorkContext): Promise<Place> {
  try {
    return await reserve(task, work);
  } catch (failure) {
    if (!isFull(failure)) throw failure;
    await retainAfter(task, work);
    return reserve(task, work);
  }
}

interface Job {
  readonly task: BackupTask;
  readonly work: WorkContext;
  readonly root: OpenFolder;
  readonly place: Place;
  readonly startedAt: number;
  readonly selected: Selected;
}

/** Against the newest backup if that will do, or else whole. */
async function write(job: Job): Promise<Result> {
  const basis = await basisOf(job.task, job.startedAt);
  try {
    const result = await writeBackup(job, basis);
    if (result) return result;
  } catch (failure) {
    if (!basis || !(failure instanceof Outgrown)) throw failure;
  }
  const whole = await writeBackup(job, undefined);
  if (!whole) throw new Error('a backup against nothing is never unchanged');
  return whole;
}

/** Undefined where it lacks its basis: that was removed meanwhile. */
async function writeBackup(job: Job, basis: Basis | undefined): Promise<Result | undefined> {
  const { task: { serverId, workingDir, linkRoot, format = 'lzo' }, work, root, place, selected } = job;
  const world: World = { root, rootPath: linkRoot ?? workingDir, selection: selected.selection, gaps: new Gaps() };
  const key = job.task.sealFor === undefined ? undefined : sealingKey(job.task.sealFor);
  const manifest = new ManifestWriter(place.manifestPart, place.manifest, basis !== undefined);
  const ledger = new Ledger(manifest, basis?.known, basis?.mostBytes ?? Infinity);
  try {
    const written = await writeArchive({
      part: place.part,
      world,
      ledger,
      start: startOf(job, basis),
      format,
      ...(key && { key }),
      isWanted: () => !basis || ledger.hasChanges,
    }, work);
    if (written.files === 0) throw nothingSelected(serverId, world, selected.ownFiles);
    if (basis && !ledger.hasChanges) return await unchanged(job, basis, world);
    if (basis && basis.mostBytes < 0) throw new Outgrown();
    return await publishBackup(job, { basis, world, manifest, ledger, written });
  } finally {
    manifest.drop();
  }
}

/** Names the manifest and the base inside the archive: so they are found wherever the archive is taken. */
function startOf({ task: { serverId }, place }: Job, basis: Basis | undefined): Buffer {
  return encodeGlobal({
    'PINKY.manifest': manifestName(serverId, place.seconds),
    ...(basis && { 'PINKY.base': basis.base.archive, 'PINKY.base.sha256': basis.base.sha256 }),
  });
}

/**
 * The newest backup holds this world already. It counts as new as this look. Undefined where somebody has removed it
 * since, or its base.
 */
async function unchanged(
  { task, work, startedAt, place }: Job,
  { newest, note, base: needed }: Basis,
  { gaps }: World,
): Promise<Result | undefined> {
  const { backupsDir, serverId } = task;
  const isNoted = await withCatalogue(backupsDir, serverId, work.signal, () => {
    const current = readNote(backupsDir, serverId, newest.seconds);
    if (!current || !isThere(newest.path) || !hasBase(place.dir, needed.archive)) return false;
    writeNote(backupsDir, serverId, newest.seconds, { ...current, unchangedAt: startedAt });
    return true;
  });
  if (!isNoted) return undefined;
  const { size, sha256, files, kind, base } = note;
  return {
    url: pathToFileURL(newest.path).href,
    size,
    sha256,
    files,
    kind,
    ...(base !== undefined && { base }),
    isUnchanged: true,
    ...gaps.told,
  };
}

interface Backup {
  readonly basis: Basis | undefined;
  readonly world: World;
  readonly manifest: ManifestWriter;
  readonly ledger: Ledger;
  readonly written: Written;
}

/**
 * In an order that leaves no broken backup wherever it ends: the archive has no name until its manifest, its note and
 * the second name of its base are on the disk. Undefined where somebody has removed the base since.
 */
async function publishBackup(
  job: Job,
  { basis, world, manifest, ledger, written }: Backup,
): Promise<Result | undefined> {
  const { task, work, place, startedAt } = job;
  const { backupsDir, serverId, format = 'lzo' } = task;
  const { seconds } = place;
  const kind: BackupKind = basis ? 'incremental' : 'full';
  const archive = archiveName({ serverId, seconds, kind, format, isEncrypted: task.sealFor !== undefined });
  const { size, sha256, files } = written;
  const base = basis && { base: basis.base.archive };
  const gaps = world.gaps.told;
  const counted = { startedAt, files, bytes: ledger.bytes };
  const note: BackupNote = {
    version: 1,
    kind,
    ...base,
    sha256,
    size,
    ...counted,
    ...(Object.keys(gaps).length > 0 && { gaps }),
    ...(task.isUnclean && { isUnclean: true }),
  };
  const isPublished = await withCatalogue(backupsDir, serverId, work.signal, () => {
    if (basis && !hasBase(place.dir, basis.base.archive)) return false;
    manifest.finish({ end: 1, version: 1, archive, kind, ...(basis && { base: basis.base }), ...counted });
    writeNote(backupsDir, serverId, seconds, note);
    if (basis) keepBase(place.dir, basis.base.archive);
    publish(place.part, join(place.dir, archive));
    return true;
  });
  if (!isPublished) return undefined;
  const url = pathToFileURL(join(place.dir, archive)).href;
  return { url, size, sha256, files, kind, ...base, ...(task.isUnclean && { isUnclean: true }), ...gaps };
}

function explained(failure: unknown, serverId: string): unknown {
  if (failure instanceof PinkyError) return failure;
  const code = errnoOf(failure);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PinkyError('no_space', `there is no space left for a backup of ${serverId}`, { cause: failure });
  }
  return new PinkyError('backup_failed', `the backup of ${serverId} failed: ${messageOf(failure)}`, {
    cause: failure,
  });
}
