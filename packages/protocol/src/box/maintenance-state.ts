import { join } from 'node:path';
import { readJsonObject } from './read-json.js';

/** Backups of one server that are not in the store yet. */
export interface WaitingBackups {
  readonly count: number;
  readonly bytes: number;
  /** When the oldest of them was made, Unix milliseconds. */
  readonly since: number;
}

/** A backup that was read back and is not whole. */
export interface DamagedBackup {
  /** The archive's name. */
  readonly name: string;
  readonly because: string;
}

/** Why a part of the maintenance is not done. */
export interface MaintenanceProblem {
  readonly code: string;
  readonly message: string;
  /** When it was first seen without a success in between, Unix milliseconds. */
  readonly since: number;
}

/**
 * How the maintenance of a box stands after its last round: `maintenance.json` in the home. The runner that did the
 * round writes it, `ps`, `explain` and the workers read it.
 */
export interface MaintenanceState {
  readonly version: 1;
  /** Unix milliseconds. */
  readonly at: number;
  /** Address of the store for backups. */
  readonly store?: string;
  /** By server id. */
  readonly waiting: Readonly<Record<string, WaitingBackups>>;
  /** By server id: the damaged backups, the newest last. Absent where there are none. */
  readonly damaged?: Readonly<Record<string, readonly DamagedBackup[]>>;
  /** By the part of the maintenance, such as `upload`. */
  readonly problems: Readonly<Record<string, MaintenanceProblem>>;
}

export const maintenanceFile = (home: string): string => join(home, 'maintenance.json');

/** Undefined where no round was done yet, or where one of a newer version wrote the file. */
export function readMaintenance(home: string): MaintenanceState | undefined {
  const value = readJsonObject(maintenanceFile(home));
  // Only Pinky writes this file, in a folder of its own.
  return value?.['version'] === 1 ? (value as unknown as MaintenanceState) : undefined;
}

/** The store that the backups of a box go to. Undefined where they stay on the box. */
export const backupStore = ({ bucket, store }: { readonly bucket?: string; readonly store?: string }) =>
  store ?? (bucket === undefined ? undefined : `s3://${bucket}/`);
