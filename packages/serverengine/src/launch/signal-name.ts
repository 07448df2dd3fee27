import { constants } from 'node:os';
import { PinkyError } from '@pinky/protocol/base';

const fullName = (given: string): string => (given.startsWith('SIG') ? given : `SIG${given}`);

/** Whether a signal is called `USR2` or `SIGUSR2`. */
export const isSignalName = (given: string): boolean => Object.hasOwn(constants.signals, fullName(given));

/** Node's name of a signal that is given as `USR2` or `SIGUSR2`. Anything else: `bad_option`. */
export function parseSignalName(given: string): NodeJS.Signals {
  const name = fullName(given);
  if (!isSignalName(given)) throw new PinkyError('bad_option', `bad signal ${given}`);
  // The cast holds: it is a key of the system's signals.
  return name as NodeJS.Signals;
}
