/** The environment variable by which a supervisor tells a new process of the same program that it is the server. */
export const roleVariable = 'PINKY_SERVER_OF';

/**
 * Whether a supervisor started this process as its server. Removes the mark from the environment, so that children do
 * not take it for theirs.
 */
export function takeServerRole(): boolean {
  const parent = process.env[roleVariable];
  delete process.env[roleVariable];
  return parent !== undefined && parent === String(process.ppid);
}

/** From the supervisor to its server. */
export type ToServer = { readonly type: 'server.command'; readonly signal: NodeJS.Signals };
/**
 * From the server to its supervisor. `server.listening`: it catches signals from now on. Before that, USR1 and USR2
 * would end it. `server.ready`: `beforeRun` has succeeded. `server.unfit`: it ends, because something that it was given
 * is bad, such as its worker's module. Another start would help only after a change.
 */
export type FromServer =
  | { readonly type: 'server.listening' | 'server.ready' }
  | { readonly type: 'server.unfit'; readonly because: string };

export const isToServer = (message: unknown): message is ToServer =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'server.command';
export const isFromServer = (message: unknown): message is FromServer =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  ['server.listening', 'server.ready', 'server.unfit'].includes(String(message.type));
