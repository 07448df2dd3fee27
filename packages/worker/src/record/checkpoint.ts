import { readJsonObject } from './read-json.js';
import { writeFileAtomic } from './atomic-file.js';

export interface PlayerEntry {
  readonly name: string;
  readonly id?: string;
}

/**
 * What is known at an offset of a run's console up to which everything has been published: a successor goes on from
 * here. Written before console ranges are given back to the file system, since those cannot be read again.
 */
export interface Checkpoint {
  readonly console: number;
  readonly journal: number;
  readonly isReady: boolean;
  readonly players: readonly PlayerEntry[];
}

export const runStart: Checkpoint = { console: 0, journal: 0, isReady: false, players: [] };

export function readCheckpoint(path: string): Checkpoint {
  const value = readJsonObject(path);
  // Written by `writeCheckpoint` alone, whole or not at all.
  return value && typeof value['console'] === 'number' ? (value as unknown as Checkpoint) : runStart;
}

export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  writeFileAtomic(path, JSON.stringify(checkpoint));
}
