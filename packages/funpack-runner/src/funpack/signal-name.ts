/**
 * The full name of a signal: `TERM` and `SIGTERM` are both read. The check of the manifest refuses a name that is no
 * signal.
 */
export const signalName = (name: string): NodeJS.Signals =>
  (name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals;
