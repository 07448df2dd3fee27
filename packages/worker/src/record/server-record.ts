import { existsSync, renameSync } from 'node:fs';
import type { ErrorAnswer, StartOrder, WantedState } from '@pinky/protocol';
import { readJsonObject } from './read-json.js';
import { writeFileAtomic } from './atomic-file.js';

/** The record of what was asked of a server, as in server.json. It is enough for another worker to carry on. */
export interface ServerRecord {
  readonly format: 1;
  readonly start: StartOrder;
  readonly wanted: WantedState;
  readonly port: number;
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
  /** The start got as far as a launch. Nothing has to be prepared for another launch. */
  readonly isPrepared: boolean;
  /** Why the server is `failed`, if it is. */
  readonly failed?: ErrorAnswer;
  /** Since when it is `failed`, Unix milliseconds. Absent in older records. */
  readonly failedAt?: number;
  readonly restarts: number;
}

/**
 * The record of a new start. It keeps the world that the server had, if somebody may have played in it and the start
 * does not name another.
 */
export function recordOfStart(before: ServerRecord | undefined, start: StartOrder, port: number): ServerRecord {
  const isSameWorld = start.world === undefined || JSON.stringify(before?.start.world) === JSON.stringify(start.world);
  const hasWorld = before?.hasWorld === true && !before.isWorldUnused && isSameWorld;
  return {
    format: 1,
    start,
    wanted: 'up',
    port,
    hasWorld,
    isWorldUnused: !hasWorld,
    isPrepared: false,
    restarts: 0,
    ...(before?.funpack && hasWorld && { funpack: before.funpack }),
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

export function writeServerRecord(path: string, record: ServerRecord): void {
  const next = `${path}.next`;
  writeFileAtomic(next, `${JSON.stringify(record, null, 2)}\n`);
  if (readJsonObject(path)) renameSync(path, previousOf(path));
  renameSync(next, path);
}
