import { closeSync, openSync, readSync } from 'node:fs';
import type { FaultCounts, HalfRead, PlayerEntry } from '@pinky/funpack-runner/light';
import { readJsonObject, type RunPaths } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';
import type { Position } from './position.js';

/**
 * The state at an offset of a run's console up to which everything is published. The next worker goes on from here. It
 * is written before console ranges are given back to the file system, since those cannot be read again.
 */
export interface Checkpoint {
  readonly console: number;
  readonly journal: number;
  readonly isReady: boolean;
  readonly players: readonly PlayerEntry[];
  /** How many lines could not be used as the event that they name. Absent in older checkpoints. */
  readonly faults?: FaultCounts;
  /** The things that later lines need of those before. Absent if there is nothing, and in older checkpoints. */
  readonly half?: HalfRead | undefined;
  /** Where Redis held the run's cursor then. It stands before a later place without events. Absent in older ones. */
  readonly cursor?: Position;
}

export const runStart: Checkpoint = { console: 0, journal: 0, isReady: false, players: [] };

/**
 * Reads a checkpoint; the start of the run if there is none. If it is damaged and the console has been punched, only
 * one thing is known: the game was ready long ago.
 */
export function readCheckpoint({ checkpoint, console }: Pick<RunPaths, 'checkpoint' | 'console'>): Checkpoint {
  const value = readJsonObject(checkpoint);
  // Written by `writeCheckpoint` alone, whole or not at all.
  if (typeof value?.['console'] === 'number' && Array.isArray(value['players'])) return value as unknown as Checkpoint;
  return { ...runStart, isReady: isPunched(console) };
}

/**
 * The first place from which the run can still be read: its start, or where its console was last given back to the file
 * system. Redis may lose what it had confirmed, and then a later checkpoint is too late.
 */
export function readEarliest(paths: Pick<RunPaths, 'checkpoint' | 'console'>): Checkpoint {
  // Written by `writeCheckpoint` alone.
  const earliest = readJsonObject(paths.checkpoint)?.['earliest'] as Checkpoint | undefined;
  if (earliest) return earliest;
  return isPunched(paths.console) ? readCheckpoint(paths) : runStart;
}

export function writeCheckpoint(path: string, checkpoint: Checkpoint, earliest: Checkpoint): void {
  writeFileAtomic(path, JSON.stringify({ ...fieldsOf(checkpoint), earliest: fieldsOf(earliest) }));
}

const fieldsOf = ({ console, journal, isReady, players, faults, half, cursor }: Checkpoint): Checkpoint => ({
  console,
  journal,
  isReady,
  players,
  ...(faults && { faults }),
  ...(half && { half }),
  ...(cursor && { cursor }),
});

/** A range that was given back to the file system reads as zeroes. */
function isPunched(console: string): boolean {
  const first = Buffer.alloc(1, 1);
  try {
    const fd = openSync(console, 'r');
    readSync(fd, first, 0, 1, 0);
    closeSync(fd);
  } catch {
    return false; // no console yet
  }
  return first[0] === 0;
}
