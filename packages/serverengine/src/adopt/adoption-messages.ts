import type { Socket } from 'node:net';
import { join } from 'node:path';

/** The socket at which a server awaits workers that outlived another server. */
export const adoptionPath = (directory: string): string => join(directory, 'server.sock');

/** From a worker that outlived its server to the next one. It introduces itself first, and then beats. */
export type AdoptionMessage =
  | {
      readonly type: 'worker.hello';
      readonly workerId: number;
      readonly pid: number;
      readonly startTime: string;
    }
  | { readonly type: 'worker.beat' }
  | { readonly type: 'worker.reloadMe' };

/** The longest line that is read. A configuration is one line. Bytes. */
const longestLine = 4_000_000;

export const sendLine = (socket: Socket, message: object): void => void socket.write(`${JSON.stringify(message)}\n`);

/** Reads one object per line. A line that is too long or no object ends the connection. */
export function readLines(socket: Socket, onMessage: (message: object) => void): void {
  let held = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      const message = parsed(line);
      if (message === undefined) return void socket.destroy();
      onMessage(message);
    }
    if (held.length > longestLine) socket.destroy();
  });
}

function parsed(line: string): object | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
