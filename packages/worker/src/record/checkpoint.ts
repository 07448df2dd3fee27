import { closeSync, openSync, readSync } from 'node:fs';
import type { FaultCounts, PlayerEntry } from '@pinky/funpack-runner/light';
import { readJsonObject, type RunPaths } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';

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

export function writeCheckpoint(path: string, { console, journal, isReady, players, faults }: Checkpoint): void {
  writeFileAtomic(path, JSON.stringify({ console, journal, isReady, players, faults }));
}

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
