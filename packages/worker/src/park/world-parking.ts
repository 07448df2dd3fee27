import { statSync } from 'node:fs';
import { forgetPark, isThere, parkWorld, recordPark, takeBack } from '@pinky/funpack-runner/light';
import {
  namesIn,
  parkedWorlds,
  parkOf,
  recordsWithoutWorld,
  type BackupGaps,
  type BackupResult,
  type BoxConfig,
  type Clock,
  type ParkedWorld,
  type ParkRecord,
} from '@pinky/protocol';
import type { ServerFiles } from '../record/server-files.js';
import { isRunId, nextRunId } from '../run/run-id.js';

/** How long the folder of backups may take to say what is in it, milliseconds: it may be on a share that hangs. */
const listMs = 5_000;

export interface WorldParkingParts {
  readonly files: ServerFiles;
  /** Knows the number in the name of a server's newest backup. */
  readonly store: { newestNumber(backupsDir: string, serverId: string): Promise<number> };
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
   * The number in the name of the newest backup, 0 if there is none. If the folder does not answer: that of a backup
   * which would be made now.
   */
  async newest(): Promise<number> {
    const { store, config, files: { serverId }, clock } = this.parts;
    const answered = new AbortController();
    const now = Math.floor(clock.wallNow() / 1_000);
    const late = clock.rest(listMs, answered.signal).then(() => now);
    const newest = store.newestNumber(config().backups, serverId).catch(() => now);
    return Promise.race([newest, late]).finally(() => answered.abort());
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
      record: { format: 1, at: clock.wallNow(), ...known },
    });
    for (const left of recordsWithoutWorld(servers, serverId)) forgetPark(servers, left);
    return park;
  }

  /**
   * The world with which the next start goes on. Undefined if there is none, or if a backup came after it; `newest` is
   * the number in the name of the newest one.
   */
  current(newest: number): ParkedWorld | undefined {
    const last = this.all.filter(({ record }) => !record?.isUnused).at(-1);
    return last && newest <= lastBackupOf(last) ? last : undefined;
  }

  /** Moves a parked world back to `working/`, where nothing may be. False if it is gone or cannot be moved. */
  takeBack(park: ParkedWorld): boolean {
    this.parts.files.assertOurs();
    return takeBack(park, this.parts.files.paths.working);
  }

  /**
   * The world that a worker before has taken back to `working/`, and died before it could say so. `known` is the run
   * of the world that is known to be there.
   */
  halfTaken(known: string | undefined): ParkedWorld | undefined {
    const { servers, serverId } = this.parts.files;
    if (!this.isInPlace) return undefined;
    return recordsWithoutWorld(servers, serverId).filter(({ run }) => run !== known).at(-1);
  }

  /** The world is in `working/`, and that is written down. */
  taken(park: ParkedWorld): void {
    forgetPark(this.parts.files.servers, park);
  }

  /** More is known of a parked world. */
  note(park: ParkedWorld, known: KnownWorld): void {
    recordPark(park, { format: 1, at: park.record?.at ?? this.parts.clock.wallNow(), ...known });
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
