import { accessSync, constants, statSync } from 'node:fs';
import { errnoOf, PinkyError } from '@pinky/protocol';

/**
 * Throws `not_permitted` if the home belongs to another user and is closed to us, `bad_option` if it is not a folder.
 */
export function assertOurs(home: string): void {
  try {
    accessSync(home, constants.R_OK | constants.X_OK);
  } catch (cause) {
    if (errnoOf(cause) !== 'EACCES') return; // absent: the command says so in its own words
    if (isOther(home)) throw new PinkyError('bad_option', `${home} is not a folder, so it cannot be the home of a box`);
    throw new PinkyError(
      'not_permitted',
      `${home} is closed to this user${ownerText(home)}: run pinky as its owner, or name your own home with --home ` +
        'or PINKY_HOME',
      { cause },
    );
  }
}

/** True for a file, say, which not even root may enter. */
function isOther(home: string): boolean {
  try {
    return !statSync(home).isDirectory();
  } catch {
    return false; // a folder above it is closed
  }
}

function ownerText(home: string): string {
  try {
    return ` (it belongs to ${statSync(home).uid}, you are ${process.getuid?.()})`;
  } catch {
    return ''; // a folder above it is closed too
  }
}
