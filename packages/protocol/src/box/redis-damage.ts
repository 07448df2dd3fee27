import { join } from 'node:path';
import { boxPaths } from './box-paths.js';
import { readJsonObject } from './read-json.js';

/** Why the private Redis cannot be started. */
export interface RedisStuck {
  /** Unix milliseconds. */
  readonly since: number;
  readonly because: string;
  readonly remedy: string;
}

/** The end of a file of the private Redis that nobody could read, and that was cut off. */
export interface RedisCut {
  /** Unix milliseconds. */
  readonly at: number;
  /** Path of the file. */
  readonly file: string;
  /** How many bytes were cut off, and how many were kept. */
  readonly bytes: number;
  readonly keptBytes: number;
  /** Path of a copy of the file as it was before. */
  readonly copy: string;
}

/**
 * The faults that the supervisor found in the data of the private Redis: `redis/damage.json` in the home. Only the
 * supervisor writes it; `ps` and `doctor` read it.
 */
export interface RedisDamage {
  readonly version: 1;
  readonly stuck?: RedisStuck;
  readonly cut?: RedisCut;
}

export const redisDamageFile = (home: string): string => join(boxPaths(home).redisDir, 'damage.json');

/** Undefined where nothing was found yet, or where a newer version wrote the file. */
export function readRedisDamage(home: string): RedisDamage | undefined {
  const value = readJsonObject(redisDamageFile(home));
  // Only Pinky writes this file, in a folder of its own.
  return value?.['version'] === 1 ? (value as unknown as RedisDamage) : undefined;
}
