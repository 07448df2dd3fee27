import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { boxPaths, errnoOf, messageOf, PinkyError } from '@pinky/protocol';
import { placeOf } from '@pinky/supervisor/place';

/**
 * One home on one machine. The identity lies in the home, so a copy of the home has it too. `place` tells the copies
 * apart. Locks in the home allow one queue for each place.
 */
export interface HomeInstance {
  /** A UUID that was made once, with the home. */
  readonly identity: string;
  /** For people: who to look for. */
  readonly host: string;
  readonly home: string;
  /** The kernel's boot id: a machine that was restarted, or another machine, has another one. */
  readonly bootId: string;
  /** The place of the file that holds the identity, as every version writes it. */
  readonly place: string;
}

/** Reads who this home is, and makes its identity if it has none. Throws `bad_option` if the file is damaged. */
export function homeInstance(home: string): HomeInstance {
  const { identity: file } = boxPaths(home);
  const identity = readIdentity(file) ?? makeIdentity(file);
  const { bootId, pidNamespace, file: inode } = placeOf(file);
  return { identity, host: hostname(), home, bootId, place: `${bootId}/${pidNamespace}/${inode}` };
}

/** Throws `bad_option` if a home has an identity that is none. */
export const assertIdentity = (home: string): void => void readIdentity(boxPaths(home).identity);

function readIdentity(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new PinkyError('bad_option', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      remedy: `move it away, and a new one is made: mv ${file} ${file}.old`,
    });
  }
  if (/^[0-9a-f-]{36}$/.test(text)) return text;
  throw new PinkyError('bad_option', `${file} does not hold an identity (a UUID)`, {
    remedy: `remove it, and a new one is made: rm ${file}`,
  });
}

/** link(2) makes the file appear whole, and only once: of two processes both get the same identity. */
function makeIdentity(file: string): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomUUID()}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readIdentity(file) ?? makeIdentity(file);
}
