import { statSync } from 'node:fs';
import { bootId } from '@pinky/supervisor/identity';
import { forgetPark, isThere, parkWorld, recordPark, takeBack } from '@pinky/funpack-runner/light';
import {
  namesIn,
  parkedWorlds,
  parkOf,
  PinkyError,
  recordsWithoutWorld,
  safetyOf,
  type BackupGaps,
  type BackupResult,
  type BoxConfig,
  type Clock,
  type ParkedWorld,
  type ParkRecord,
} from '@pinky/protocol';
import type { Machine } from '../machine/machine.js';
import type { ServerFiles } from '../record/server-files.js';
import { isRunId, nextRunId } from '../run/run-id.js';

/** How long the folder of backups may take to say what is in it, milliseconds: it may be on a share that hangs. */
const listMs = 5_000;
/** The same for a start, which needs the answer, milliseconds. */
const answerMs = 60_000;
/** How long the disk may take to have a world that nothing else holds, milliseconds. */
const flushMs = 60_000;

export interface WorldParkingParts {
  readonly files: ServerFiles;
  /** Knows the number in the name of a server's newest backup. */
  readonly store: { newestNumber(backupsDir: string, serverId: string): Promise<number> };
  readonly machine: Pick<Machine, 'flush'>;
  readonly config: () => Pick<BoxConfig, 'backups'>;
  readonly clock: Pick<Clock, 'rest' | 'wallNow'>;
}

/** The things that are known of a world that is to be parked. */
export type KnownWorld = Omit<ParkRecord, 'format' | 'at'>;

/** Sets the world of a server aside when it stops, and brings it back when it starts. */
export class WorldParking {
  constructor(private readonly parts: WorldParkingParts) {}

  /** Whether there is a world in `working/`. */
  get isInPlace(): boolean {
    return isThere(this.parts.files.paths.working);
  }

  /** The worlds that are parked, oldest first. */
  get all(): ParkedWorld[] {
    const { servers, serverId } = this.parts.files;
    return parkedWorlds(servers, serverId);
  }

  /**
   * The number in the name of the newest backup, 0 if there is none, for the record of a world that is to be parked. If
   * the folder does not answer: that of a backup which would be made now.
   */
  async newest(): Promise<number> {
    const { store, config, files: { serverId }, clock } = this.parts;
    const now = Math.floor(clock.wallNow() / 1_000);
    return this.#within(listMs, store.newestNumber(config().backups, serverId)).catch(() => now);
  }

  /**
   * Asks the folder of backups for something that a start cannot do without. Throws `not_ready` if it does not answer,
   * and the signal's reason.
   */
  async answered<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    const { config, files: { serverId } } = this.parts;
    try {
      return await this.#within(answerMs, answer, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw new PinkyError(
        'not_ready',
        `server ${serverId}: the folder of backups (${config().backups}) does not answer, so nobody knows which ` +
          'world is the newest',
        { cause, remedy: 'mend the disk or share that holds the backups; the world is not touched until then' },
      );
    }
  }

  /** Resolves when the world in `working/` is on the disk for good: no backup holds it. Gives up after a while. */
  async flush(): Promise<void> {
    const { machine, files: { paths: { working } } } = this.parts;
    if (this.isInPlace) await this.#within(flushMs, machine.flush(working)).catch(() => undefined); // parked as it is
  }

  /** Moves `working/` away. Undefined where it cannot be moved, such as a mount point; then it stays. */
  park(known: KnownWorld): ParkedWorld | undefined {
    const { files, clock } = this.parts;
    files.assertOurs();
    const { servers, serverId, paths: { working } } = files;
    const park = parkWorld({
      servers,
      serverId,
      run: this.#freeName(),
      working,
      record: { format: 1, at: clock.wallNow(), bootId: bootId(), ...known },
    });
    for (const left of recordsWithoutWorld(servers, serverId)) forgetPark(servers, left);
    return park;
  }

  /**
   * The world with which the next start goes on. Undefined if there is none, or if a backup came after it. Where the
   * folder of backups does not say that, it is a world that no backup holds; otherwise this throws `not_ready`.
   */
  async current(signal?: AbortSignal): Promise<ParkedWorld | undefined> {
    const { store, config, files: { serverId } } = this.parts;
    const last = this.all.filter(({ record }) => !record?.isUnused).at(-1);
    if (!last) return undefined; // backups need not be looked at
    try {
      const newest = await this.answered(store.newestNumber(config().backups, serverId), signal);
      return newest <= lastBackupOf(last) ? last : undefined;
    } catch (failure) {
      if (signal?.aborted || isBackedUp(last)) throw failure;
      return last;
    }
  }

  /**
   * The backup from which a parked world is to be restored: the machine has been started anew since it was parked, and
   * a power cut may have torn files that were not on the disk yet. Those of a world without a backup were.
   */
  async safeBackupOf(park: ParkedWorld, signal?: AbortSignal): Promise<string | undefined> {
    const { record } = park;
    if (!record || record.bootId === bootId() || !isBackedUp(park)) return undefined;
    return (await this.answered(safetyOf(park), signal)) === 'unsaved' ? undefined : record.backup;
  }

  /** Moves a parked world back to `working/`, where nothing may be. False if it is gone or cannot be moved. */
  takeBack(park: ParkedWorld): boolean {
    this.parts.files.assertOurs();
    return takeBack(park, this.parts.files.paths.working);
  }

  /**
   * The world that a worker before has taken back to `working/`, and died before it could say so. `known` is the run
   * of the world that is known to be there. One that was never played is none: it was being set aside.
   */
  halfTaken(known: string | undefined): ParkedWorld | undefined {
    const { servers, serverId } = this.parts.files;
    if (!this.isInPlace) return undefined;
    return recordsWithoutWorld(servers, serverId)
      .filter(({ run, record }) => run !== known && !record?.isUnused)
      .at(-1);
  }

  /** The world is in `working/`, and that is written down. */
  taken(park: ParkedWorld): void {
    forgetPark(this.parts.files.servers, park);
  }

  /** More is known of a parked world. */
  note(park: ParkedWorld, known: KnownWorld): void {
    const { at = this.parts.clock.wallNow(), bootId: bootOf } = park.record ?? {};
    recordPark(park, { format: 1, at, ...(bootOf !== undefined && { bootId: bootOf }), ...known });
  }

  /** Throws the signal's reason, or that it is late. */
  async #within<T>(ms: number, answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    const over = new AbortController();
    const end = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const late = this.parts.clock.rest(ms, end).then((): never => {
      throw signal?.aborted ? signal.reason : new Error(`no answer within ${ms / 1_000} s`);
    });
    late.catch(() => undefined); // the answer came first
    return Promise.race([answer, late]).finally(() => over.abort());
  }

  /** The name of the newest run, unless another world has it. */
  #freeName(): string {
    const { files, clock } = this.parts;
    const taken = namesIn(parkOf(files.servers, files.serverId)).map((name) => name.replace(/\.json$/, ''));
    const run = files.runs().at(-1);
    const newest = taken.filter(isRunId).toSorted().at(-1) ?? '';
    return run !== undefined && run > newest ? run : nextRunId(clock.wallNow(), newest);
  }
}

/** The newest backup when the world was parked. Without a record, the change of its name tells when that was. */
function lastBackupOf({ record, path }: ParkedWorld): number {
  return record ? record.newest : (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) / 1_000;
}

/** Whether a backup holds all of a parked world, as far as is written down. */
const isBackedUp = ({ record }: ParkedWorld): boolean =>
  record?.backup !== undefined && record.gaps?.incomplete !== true;

/** The part of a record that tells which backup holds the world, and what that lacks. */
export function backedUp(backup: Pick<BackupResult, 'url'> & BackupGaps): Pick<ParkRecord, 'backup' | 'gaps'> {
  const { changed, vanished, left_out: leftOut, incomplete } = backup;
  const gaps = {
    ...(changed && { changed }),
    ...(vanished && { vanished }),
    ...(leftOut && { left_out: leftOut }),
    ...(incomplete && { incomplete }),
  };
  return { backup: backup.url, ...(Object.keys(gaps).length > 0 && { gaps }) };
}
