/** The environment variable by which a supervisor tells the same program, started again, to be its server. */
export const roleVariable = 'PINKY_SERVER_OF';

/**
 * Whether this process was started as the server of a supervisor. Takes the mark out of the environment, so that
 * children do not take it for theirs.
 */
export function takeServerRole(): boolean {
  const parent = process.env[roleVariable];
  delete process.env[roleVariable];
  return parent !== undefined && parent === String(process.ppid);
}

/** Between supervisor and server. */
export type ToServer = { readonly type: 'server.command'; readonly signal: NodeJS.Signals };
/** `server.listening`: signals are caught from now on; until then USR1 and USR2 would end it. */
export type FromServer = { readonly type: 'server.listening' | 'server.ready' };

export const isToServer = (message: unknown): message is ToServer =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'server.command';
export const isFromServer = (message: unknown): message is FromServer =>
  typeof message === 'object' &&
  message !== null &&
  'type' in message &&
  (message.type === 'server.listening' || message.type === 'server.ready');
