import { join } from 'node:path';
import {
  assertServerId,
  namesIn,
  PinkyError,
  type BackupsResult,
  type CatalogueAnswer,
  type CatalogueAsk,
} from '@pinky/protocol';
import { withCatalogue } from '../catalogue/backup-note.js';
import { knownBackups, type KnownBackup } from '../catalogue/list-backups.js';
import { verifyAndNote } from '../catalogue/verify.js';
import { isPinned, needs } from '../retention/expired.js';
import { removeBackup } from '../retention/remove-backup.js';
import type { CatalogueTask } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { viewOf } from './backup-view.js';
import { chooseBackup, chooseToRestore, copyHint } from './choose-backup.js';
import { getArchive } from './get-archive.js';
import { heldForRestore, noted, pinned, pinnedAsPresent, released, unpinned } from './pins.js';
import { giveSecondName } from './second-name.js';

const dayMs = 24 * 3_600_000;

/** Answers everything that is asked about backups. */
export async function askCatalogue({ backupsDir, ask }: CatalogueTask, work: WorkContext): Promise<CatalogueAnswer> {
  if (ask.name === 'backups') return listed(backupsDir, ask.data.serverId);
  const { serverId } = ask.data;
  assertServerId(serverId);
  return new Asked(backupsDir, serverId, await knownBackups(backupsDir, serverId), work).answer(ask);
}

async function listed(backupsDir: string, serverId: string | undefined): Promise<BackupsResult> {
  const ids = serverId === undefined ? namesIn(join(backupsDir, 'worlds')).filter(isId) : [serverId];
  const servers = [];
  for (const id of ids.toSorted()) {
    const backups = (await knownBackups(backupsDir, id)).toReversed().map(viewOf);
    if (backups.length > 0 || serverId !== undefined) servers.push({ serverId: id, backups });
  }
  return { servers };
}

const isId = (name: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(name);

class Asked {
  constructor(
    private readonly backupsDir: string,
    private readonly serverId: string,
    private readonly all: readonly KnownBackup[],
    private readonly work: WorkContext,
  ) {}

  async answer(ask: Exclude<CatalogueAsk, { name: 'backups' }>): Promise<CatalogueAnswer> {
    if (ask.name === 'use') return this.#use(ask.data.seconds, ask.data.id);
    const now = this.work.wallNow();
    if (ask.name === 'choose') {
      return this.#doneBefore(ask.data.id) ?? this.#hold(chooseToRestore(this.serverId, this.all, ask.data, now), now);
    }
    const backup = chooseBackup(this.serverId, this.all, ask.data, now);
    switch (ask.name) {
      case 'pin': return this.#pin(backup, ask.data, now);
      case 'unpin': return this.#unpin(backup);
      case 'verify': return this.#verify(backup);
      case 'backups rm': return this.#remove(backup, ask.data.discard === true, now);
      case 'backups get': {
        const got = await getArchive(backup.path, ask.data.file, this.work);
        return { ...this.#one(backup), ...got };
      }
    }
  }

  #one(backup: KnownBackup) {
    return { serverId: this.serverId, backup: viewOf(backup) };
  }

  async #pin(backup: KnownBackup, { days, because }: { days?: number; because?: string }, now: number) {
    const until = days === undefined ? ('ever' as const) : now + days * dayMs;
    // somebody says it now, so it holds even where it is shorter than before
    const change = (note: Parameters<typeof unpinned>[0]) => pinned(until, because ?? 'by hand')(unpinned(note));
    return this.#one(await noted(this.backupsDir, backup, change, this.work));
  }

  async #unpin(backup: KnownBackup) {
    if (backup.note?.pinnedUntil === undefined) return { ...this.#one(backup), already: true as const };
    return this.#one(await noted(this.backupsDir, backup, unpinned, this.work));
  }

  async #verify(backup: KnownBackup) {
    const note = await verifyAndNote(this.backupsDir, this.serverId, backup.seconds, this.work);
    if (!note) throw removedMeanwhile(this.serverId, backup.seconds);
    const one = this.#one({ ...backup, note });
    if (note.problem === undefined) return { ...one, files: note.files, bytes: note.bytes };
    const [, code = 'bad_archive', sentence = note.problem] = /^([a-z_]+): (.*)$/s.exec(note.problem) ?? [];
    const known = (['no_base', 'checksum_mismatch'] as const).find((each) => each === code) ?? 'bad_archive';
    const words = `${sentence}${copyHint({ ...backup, note })}`;
    throw new PinkyError(known, words, { details: { backup: one.backup } });
  }

  /** Under the lock, after a second look: a backup that is written meanwhile may need this one. */
  #remove(chosen: KnownBackup, discard: boolean, now: number) {
    const { backupsDir, serverId, work } = this;
    return withCatalogue(backupsDir, serverId, work.signal, async (signal) => {
      const all = await knownBackups(backupsDir, serverId);
      if (signal.aborted) throw new PinkyError('cancelled', `removing a backup of ${serverId} was cancelled`);
      const backup = all.find(({ seconds }) => seconds === chosen.seconds) ?? chosen;
      const why = whyKept(backup, all, discard, now);
      if (why !== undefined) {
        throw new PinkyError('backup_kept', `backup ${backup.seconds} of ${serverId} ${why}; it was not removed`);
      }
      removeBackup(backup);
      return this.#one(backup);
    });
  }

  /** This very restore was taken up again, after its taker died. */
  #doneBefore(id: string) {
    const newest = this.all.find(({ note }) => note?.restoreId === id);
    if (!newest) return undefined;
    const backup = this.all.find(({ path }) => path.endsWith(`/${newest.note?.restoredFrom}`)) ?? newest;
    return { backup: viewOf(backup), newest: viewOf(newest) };
  }

  /** Read back before the game is stopped for it, whenever that was done last: disks forget. */
  async #hold(backup: KnownBackup, now: number) {
    const held = await noted(this.backupsDir, backup, heldForRestore(now), this.work);
    try {
      await this.#verify(held);
    } catch (failure) {
      await noted(this.backupsDir, held, released, this.work).catch(() => undefined); // within an hour by itself
      throw failure;
    }
    return { backup: viewOf(held) };
  }

  /** Also of the newest one: a world that was set aside without a backup would come back instead of it. */
  async #use(seconds: number, id: string) {
    const { backupsDir, serverId, all, work } = this;
    const backup = all.find((each) => each.seconds === seconds);
    const present = all.at(-1);
    if (!backup || !present) throw removedMeanwhile(serverId, seconds);
    const kept = await noted(backupsDir, present, pinnedAsPresent(work.wallNow()), work);
    const newest = await giveSecondName(backupsDir, backup, id, work);
    const used = await noted(backupsDir, backup, released, work);
    return { backup: viewOf(used), newest: viewOf(newest), present: viewOf(kept) };
  }
}

const removedMeanwhile = (serverId: string, seconds: number): PinkyError =>
  new PinkyError('not_found', `backup ${seconds} of ${serverId} was removed meanwhile`);

/** Why somebody should think again before a backup goes. */
function whyKept(
  backup: KnownBackup,
  all: readonly KnownBackup[],
  discard: boolean,
  now: number,
): string | undefined {
  const user = all.find((each) => needs(each, backup));
  if (isPinned(backup, now)) return `is pinned (${backup.note?.because ?? 'by hand'})`;
  if (user) return `is the base of ${user.seconds}`;
  const isNewest = all.at(-1)?.seconds === backup.seconds;
  return isNewest && !discard ? 'is the newest one, from which a start goes on' : undefined;
}
