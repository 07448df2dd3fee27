import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  errnoOf,
  makeDir,
  parkDir,
  parkedWorld,
  parkOf,
  type ParkedWorld,
  type ParkRecord,
} from '@pinky/protocol';
import { syncFolder } from '../backup/publish.js';

export interface Parking {
  /** `$SERVERS`. */
  readonly servers: string;
  readonly serverId: string;
  /** The name of the parked world. */
  readonly run: string;
  /** The server's `working/`. */
  readonly working: string;
  readonly record: ParkRecord;
}

/** By these errors, a folder cannot be moved there: it is a mount point, or on another file system. */
const fixed: ReadonlySet<string | undefined> = new Set(['EXDEV', 'EBUSY', 'EINVAL', 'EPERM']);
const full: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Sets a world aside, by a rename: first the record, then the world, both on the disk when this returns. Answers where
 * it is; undefined where it cannot be moved, and then it is where it was. On a full disk it goes without a record,
 * which keeps it for good; a world that nobody needs is not moved then.
 */
export function parkWorld({ servers, serverId, run, working, record }: Parking): ParkedWorld | undefined {
  const park = parkedWorld(servers, serverId, run);
  let noSpace: unknown;
  try {
    makeDir(parkDir(servers));
    makeDir(dirname(park.path));
    writeSynced(park.recordPath, JSON.stringify(record));
  } catch (error) {
    if (!full.has(errnoOf(error))) throw error;
    if (record.isUnused && record.backup === undefined) return undefined;
    noSpace = error;
  }
  try {
    renameSync(working, park.path);
  } catch (error) {
    rmSync(park.recordPath, { force: true });
    if (fixed.has(errnoOf(error))) return undefined;
    throw errnoOf(error) === 'ENOENT' && noSpace !== undefined ? noSpace : error; // not even the folder could be made
  }
  syncFolder(dirname(park.path));
  syncFolder(dirname(working));
  return parkedWorld(servers, serverId, run);
}

/** Writes the record of a parked world anew. */
export function recordPark(park: ParkedWorld, record: ParkRecord): void {
  writeSynced(park.recordPath, JSON.stringify(record));
  syncFolder(dirname(park.recordPath));
}

/**
 * Moves a parked world into the place of `working/`, which must not be there. False where it is gone, or cannot be
 * moved. Its record stays until `forgetPark`.
 */
export function takeBack({ path }: ParkedWorld, working: string): boolean {
  try {
    renameSync(path, working);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && !fixed.has(errnoOf(error))) throw error;
    return false;
  }
  syncFolder(dirname(path));
  syncFolder(dirname(working));
  return true;
}

/** Removes the record of a world that is not parked any more. */
export function forgetPark(servers: string, { serverId, recordPath }: ParkedWorld): void {
  rmSync(recordPath, { force: true });
  removeEmpty(parkOf(servers, serverId));
}

/** Whether there is a world, or a link to one. */
export const isThere = (working: string): boolean => lstatSync(working, { throwIfNoEntry: false }) !== undefined;

export function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // something is in it, or it is gone
  }
}

/** Writes a file whole or not at all, on the disk for good when this returns. */
function writeSynced(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeFileSync(fd, `${text}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
