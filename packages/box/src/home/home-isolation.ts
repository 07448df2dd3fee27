import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isolationKinds, strictestHere, type BoxFolders, type Strictest } from '@pinky/jail';
import { boxPaths, errnoOf, messageOf, PinkyError, type BoxConfig } from '@pinky/protocol';
import { moveAway } from './home-places.js';

type Chosen = Omit<NonNullable<BoxConfig['isolation']>, 'users' | 'visible'>;

/**
 * The isolation of a box's games: that of pinky.yml, or else the one that was chosen when the home was made. An older
 * home has none of both, and goes on without isolation.
 */
export function chosenIsolation(written: Chosen['kind'] | undefined, folders: BoxFolders): Chosen {
  if (written !== undefined) return { kind: written, chosenBy: 'operator' };
  const chosen = ofHome(folders.home) ?? (isNew(folders.home) ? strictestHere(folders) : undefined);
  return chosen ? { ...chosen, chosenBy: 'home' } : { kind: 'none' };
}

/**
 * Writes down, in a home that is being made, the strictest isolation that works here. It is kept whatever pinky.yml
 * says, so that a line that is removed later leaves no game less apart. Call this before anything else is in the home.
 */
export function keepIsolation(folders: BoxFolders): void {
  if (!isNew(folders.home)) return;
  const { kind, because } = strictestHere(folders);
  const text = because === undefined ? kind : `${kind}\n${because}`;
  try {
    writeFileSync(boxPaths(folders.home).isolation, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error; // another command has just made this home
  }
}

/** The first line says how games are kept apart, the second one why they are not kept apart more. */
function ofHome(home: string): Strictest | undefined {
  const { isolation: file } = boxPaths(home);
  const [word, because] = textOf(file)?.split('\n') ?? [];
  if (word === undefined) return undefined;
  const kind = isolationKinds.find((one) => one === word.trim());
  if (kind === undefined) {
    throw new PinkyError(
      'bad_option',
      `${file} does not say how games are isolated (${isolationKinds.join(', ')}); correct it, or write ` +
        '`isolation` into pinky.yml and remove it',
    );
  }
  return { kind, ...(because && { because }) };
}

/** Whether no version of Pinky has made anything in this home. pinky.yml may be there: people write that first. */
function isNew(home: string): boolean {
  const { isolation, identity, effectiveConfig, redisDir, logDir, definitions } = boxPaths(home);
  return ![isolation, identity, effectiveConfig, redisDir, logDir, definitions].some((path) => existsSync(path));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new PinkyError('bad_option', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
      remedy: `${moveAway(file)}; write \`isolation\` into pinky.yml if a game is to have it`,
    });
  }
}
