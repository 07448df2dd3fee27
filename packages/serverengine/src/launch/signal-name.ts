import { constants } from 'node:os';
import { PinkyError } from '@pinky/protocol/base';

/** Node's name of a signal that is given as `USR2` or `SIGUSR2`. Anything else: `bad_option`. */
export function parseSignalName(given: string): NodeJS.Signals {
  const name = given.startsWith('SIG') ? given : `SIG${given}`;
  if (!(name in constants.signals)) throw new PinkyError('bad_option', `bad signal ${given}`);
  // The cast holds: it is a key of the system's signals.
  return name as NodeJS.Signals;
}
