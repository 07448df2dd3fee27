import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';

/** The user that a game runs as. */
export interface GameUser {
  readonly uid: number;
  readonly gid: number;
}

export interface UserRange {
  readonly first: number;
  readonly count: number;
}

/**
 * The user of a server, the same at each start: a file for each uid in `folder` says whose it is. The search begins at
 * a place that depends on `salt`, so two boxes of one machine hardly ever meet. Throws `bad_option` if all are taken.
 */
export function userOf(folder: string, name: string, { first, count }: UserRange, salt: string): GameUser {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const start = createHash('sha256').update(`${salt}\n${name}`).digest().readUInt32BE() % count;
  for (let tried = 0; tried < count; tried++) {
    const uid = first + ((start + tried) % count);
    if (ownerOf(join(folder, String(uid)), name) === name) return { uid, gid: uid };
  }
  throw new PinkyError('bad_option', `all ${count} users from ${first} on belong to servers; widen \`users\``);
}

/** Claims a uid, or says who has it. */
function ownerOf(file: string, name: string): string {
  try {
    writeFileSync(file, name, { flag: 'wx', mode: 0o600 });
    return name;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return readFileSync(file, 'utf8');
  }
}
