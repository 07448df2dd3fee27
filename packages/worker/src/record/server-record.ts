import { existsSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  readJsonObject,
  worldMarkOf,
  type ErrorAnswer,
  type NamedPorts,
  type StartOrder,
  type WantedState,
} from '@pinky/protocol';
import type { Confinement } from '../launch/confinement.js';
import { syncNames, writeFileSynced } from './atomic-file.js';

/** The record of what was asked of a server, as in server.json. It is enough for another worker to carry on. */
export interface ServerRecord {
  readonly format: 1;
  /** The start that it was started with. The world is in it only until the game has been up with that world. */
  readonly start: StartOrder;
  /** Names the world of the start, to compare another start with. Nothing can be restored from it. */
  readonly worldMark?: string;
  readonly wanted: WantedState;
  readonly port: number;
  /** The port that the server had before and could not have again. */
  readonly portWas?: number;
  /** How the game is confined. Absent in older records: it is not. */
  readonly confinement?: Confinement;
  /** The other ports that its funpack names. Absent in older records. */
  readonly ports?: NamedPorts;
  /** Where the funpack is, once it was found: its folder and digest. */
  readonly funpack?: { readonly dir: string; readonly digest: string };
  /** The world is in `working/`: it was restored, or the server begins with a new one. */
  readonly hasWorld: boolean;
  /**
   * The game has never been up with this world. It may be half made, and nobody has played in it. It is not backed up,
   * and the next start makes or restores it again. If this is absent (older records), the game was up, so that no world
   * is ever lost.
   */
  readonly isWorldUnused?: boolean;
  /** The parked world that was taken back to `working/`. Absent if the world there came from elsewhere. */
  readonly takenBack?: TakenWorld | undefined;
  /** The run under which this server's stop has parked the world. */
  readonly parkedAs?: string;
  /** The start got as far as a launch. Nothing has to be prepared for another launch. */
  readonly isPrepared: boolean;
  /** The `working/` for which it was prepared. A home may be moved or copied. Absent in older records. */
  readonly preparedIn?: string;
  /** Why the server is `failed`, if it is. */
  readonly failed?: ErrorAnswer;
  /** Since when it is `failed`, Unix milliseconds. Absent in older records. */
  readonly failedAt?: number;
  /** The run that is up, and since when, Unix milliseconds. Absent in older records, and until a game is up. */
  readonly up?: { readonly run: string; readonly since: number };
  /** The run whose game has been told what its funpack wants said after `started`. Absent in older records. */
  readonly greeted?: string;
  /** The run whose game has answered by its own protocol. Absent in older records, and until one has. */
  readonly answeredQuery?: string;
  /** The time to the next backup counts from here, Unix milliseconds. Absent in older records. */
  readonly backupFrom?: number;
  /** The run whose game is owed its words after a backup. Empty or absent: none is. */
  readonly owesAfterBackup?: string;
  /** The settings that the game was told while it was up, and the run that was told last. */
  readonly live?: { readonly run: string; readonly settings: StartOrder['settings'] };
  /** The settings that the game has announced and the definition does not have yet, and their values before. */
  readonly announced?:
    | { readonly settings: StartOrder['settings']; readonly was: StartOrder['settings'] }
    | undefined;
  /** The run and place in its console up to which the settings of the start have what the game has announced. */
  readonly settingsAt?: { readonly run: string; readonly console: number };
  readonly restarts: number;
  /** The stop that is under way was asked of this server alone: the queue is to write that it stays down. */
  readonly staysDown?: boolean;
}

/** A world that was parked before: under which run, and the backup that holds it. */
export interface TakenWorld {
  readonly run: string;
  readonly backup?: string;
}

/** The ports of a server, for those who are told of them. */
export const portsOf = ({ port, ports }: Pick<ServerRecord, 'port' | 'ports'>) => ({
  port,
  ...(ports && Object.keys(ports).length > 0 && { ports }),
});

/** The port of a new start, and the one that the server had before and could not have again. */
export interface StartPort {
  readonly port: number;
  readonly portWas?: number;
}

/**
 * The record of a new start. It keeps the world that the server had, if somebody may have played in it and the start
 * does not name another. A start that names none still begins with the world that an earlier one named, if the game was
 * never up with that.
 */
export function recordOfStart(before: ServerRecord | undefined, order: StartOrder, at: StartPort): ServerRecord {
  const { isComingBack: _ofThisStart, ...start } = order;
  const isSameWorld = start.world === undefined || worldMarkOf(start.world) === worldMark(before);
  const hasWorld = before?.hasWorld === true && !before.isWorldUnused && isSameWorld;
  const unused = before?.isWorldUnused ? before.start.world : undefined;
  const whole = !hasWorld && start.world === undefined && unused !== undefined ? { ...start, world: unused } : start;
  const mark = worldMarkOf(whole.world) ?? (hasWorld ? worldMark(before) : undefined);
  return {
    format: 1,
    start: whole,
    ...(mark !== undefined && { worldMark: mark }),
    wanted: 'up',
    ...at,
    hasWorld,
    isWorldUnused: !hasWorld,
    isPrepared: false,
    restarts: 0,
    ...(before?.funpack && hasWorld && { funpack: before.funpack }),
    ...(before?.takenBack && { takenBack: before.takenBack }),
    ...(before?.ports && { ports: before.ports }),
  };
}

/** The mark of the world that a record began with. Older versions kept the world itself. */
export const worldMark = (record: ServerRecord | undefined): string | undefined =>
  record && (record.worldMark ?? worldMarkOf(record.start.world));

/** The record once the game has been up with its world: the start's own is never restored again. */
export function withWorldUsed(record: ServerRecord): Partial<ServerRecord> {
  const { world: _used, ...start } = record.start;
  const mark = worldMark(record);
  return {
    isWorldUnused: false,
    start,
    takenBack: undefined,
    ...(mark !== undefined && { worldMark: mark }),
  };
}

/** The record before the newest. It counts if the newest was cut short: a file system may lose its last writes. */
const previousOf = (path: string): string => `${path}.previous`;

/** The last good record. `damaged` if there is one and it cannot be read; undefined if there is none. */
export function readServerRecord(path: string): ServerRecord | 'damaged' | undefined {
  for (const candidate of [path, previousOf(path)]) {
    const value = readJsonObject(candidate);
    // Only workers write this file, whole or not at all; `format` says that this one can read it.
    if (value?.['format'] === 1) return value as unknown as ServerRecord;
  }
  return existsSync(path) || existsSync(previousOf(path)) ? 'damaged' : undefined;
}

/** A change of one of these decides which world the next start begins with: it is on the disk before it is acted on. */
const decisive = ['start', 'wanted', 'hasWorld', 'isWorldUnused', 'takenBack', 'parkedAs'];

export function writeServerRecord(path: string, record: ServerRecord): void {
  const next = `${path}.next`;
  const before = readJsonObject(path);
  writeFileSynced(next, `${JSON.stringify(record, null, 2)}\n`);
  if (before) renameSync(path, previousOf(path));
  renameSync(next, path);
  const now: Readonly<Record<string, unknown>> = { ...record };
  const isChanged = (field: string): boolean => JSON.stringify(now[field]) !== JSON.stringify(before?.[field]);
  if (decisive.some(isChanged)) syncNames(dirname(path));
}
