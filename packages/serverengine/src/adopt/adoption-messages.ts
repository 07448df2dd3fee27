import type { Socket } from 'node:net';
import { join } from 'node:path';

/** Where a server listens for workers that outlived another one. */
export const fosterPath = (directory: string): string => join(directory, 'server.sock');

/** What a worker that outlived its server says to the next one: who it is, then `beat`s. */
export type FosterMessage =
  | {
      readonly type: 'worker.hello';
      readonly workerId: number;
      readonly pid: number;
      readonly startTime: string;
    }
  | { readonly type: 'worker.beat' }
  | { readonly type: 'worker.reloadMe' };

/** The longest line that is read; a configuration is one. Bytes. */
const longestLine = 4_000_000;

export const sendLine = (socket: Socket, message: object): void => void socket.write(`${JSON.stringify(message)}\n`);

/** Objects, one to a line. What is none, or is too long, ends the connection. */
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
