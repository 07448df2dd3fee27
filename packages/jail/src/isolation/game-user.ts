import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';

/** The user that a game runs as. */
export interface GameUser {
  readonly uid: number;
  readonly gid: number;
  /** Its name on this machine. Absent: it has none, and finds itself as `game`. */
  readonly name?: string;
}

export interface UserRange {
  readonly first: number;
  readonly count: number;
}

/**
 * The user of a server, the same at each start: a file for each uid in `folder` says whose it is. The search begins at
 * a place that depends on `salt`, so two boxes of one machine hardly ever meet. Throws `bad_option` if all are taken.
 */
export function userOf(folder: string, name: string, range: UserRange, salt: string): GameUser {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return firstUser(name, range, salt, (uid) => ownerOf(join(folder, String(uid)), name) === name);
}

/** The user that `userOf` would answer now. It claims nothing. */
export const userToBe = (folder: string, name: string, range: UserRange, salt: string): GameUser =>
  firstUser(name, range, salt, (uid) => [undefined, name].includes(textOf(join(folder, String(uid)))));

function firstUser(
  name: string,
  { first, count }: UserRange,
  salt: string,
  isOurs: (uid: number) => boolean,
): GameUser {
  const start = createHash('sha256').update(`${salt}\n${name}`).digest().readUInt32BE() % count;
  for (let tried = 0; tried < count; tried++) {
    const uid = first + ((start + tried) % count);
    if (isOurs(uid)) return { uid, gid: uid };
  }
  throw new PinkyError('bad_option', `all ${count} users from ${first} on belong to servers; widen \`users\``);
}

/** Writes down that games run as a user of this machine, so that its files are known to be theirs. */
export function noteUser(folder: string, { uid, name = '' }: GameUser): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mark = `@${name}`; // no server id begins so
  const owner = ownerOf(join(folder, String(uid)), mark);
  if (owner.startsWith('@')) return; // perhaps by an earlier name
  throw new PinkyError('bad_option', `the user ${name} (${uid}) was given to server ${owner}; name another one`);
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

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
