import { deferred } from '@pinky/protocol';
import { identify, type ProcessIdentity } from '@pinky/supervisor';
import { connect, type Socket } from 'node:net';

/** A private Redis that runs already: its identity, and a connection that closes when it ends. */
export interface RunningRedis {
  readonly identity: ProcessIdentity;
  readonly connection: Socket;
}

const pidOf = (info: string): string | undefined => /^process_id:(\d+)\r?$/m.exec(info)?.[1];

/** Asks the process at the socket for its pid. Undefined if none answers in time. */
export async function probeRedis(
  socketPath: string,
  password: string,
  timeoutMs: number,
): Promise<RunningRedis | undefined> {
  const isEnough = (text: string): boolean => pidOf(text) !== undefined;
  const { text, socket } = await talk({ socketPath, password, words: ['INFO', 'server'], timeoutMs, isEnough });
  const pid = pidOf(text);
  const identity = pid === undefined ? undefined : identify(Number(pid));
  if (identity) return { identity, connection: socket };
  socket.destroy();
  return undefined;
}

/** Gives Redis one order. Resolves with its answers as Redis writes them, and with nothing if there is none in time. */
export async function orderRedis(
  socketPath: string,
  password: string,
  words: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const isEnough = (text: string): boolean => text.split('\n').length > 2; // that to AUTH, and that to the order
  const { text, socket } = await talk({ socketPath, password, words, timeoutMs, isEnough });
  socket.destroy();
  return text;
}

/** How the writing down of data goes, by INFO. Sizes in bytes. */
export interface Persistence {
  readonly isRewriting: boolean;
  readonly canWrite: boolean;
  readonly bytes: number;
  /** At the start, or when the last rewrite was done. */
  readonly baseBytes: number;
  /** The data in memory. A rewrite writes less. */
  readonly dataBytes: number;
}

/** Undefined if it does not answer in time, or writes no append-only file. */
export async function askPersistence(
  socketPath: string,
  password: string,
  timeoutMs: number,
): Promise<Persistence | undefined> {
  const isEnough = (text: string): boolean => /^aof_base_size:\d+\r$/m.test(text);
  const { text, socket } = await talk({ socketPath, password, words: ['INFO'], timeoutMs, isEnough });
  socket.destroy();
  const field = (name: string): string => new RegExp(`^${name}:(\\w+)\r$`, 'm').exec(text)?.[1] ?? '';
  if (!isEnough(text) || field('loading') !== '0') return undefined;
  return {
    isRewriting: field('aof_rewrite_in_progress') !== '0' || field('aof_rewrite_scheduled') !== '0',
    canWrite: field('aof_last_write_status') === 'ok',
    bytes: Number(field('aof_current_size')),
    baseBytes: Number(field('aof_base_size')),
    dataBytes: Number(field('used_memory_dataset')),
  };
}

interface Order {
  readonly socketPath: string;
  readonly password: string;
  readonly words: readonly string[];
  readonly timeoutMs: number;
  readonly isEnough: (text: string) => boolean;
}

/** Reads until the answer is enough, the time is over, or the connection has ended. The caller ends the connection. */
async function talk({ socketPath, password, words, timeoutMs, isEnough }: Order) {
  const socket = connect(socketPath);
  const over = deferred<undefined>();
  const end = (): void => over.resolve(undefined);
  const timer = setTimeout(end, timeoutMs);
  let text = '';
  socket.on('error', end); // ENOENT, ECONNREFUSED: no process listens
  socket.on('close', end);
  socket.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-64 * 1024);
    if (isEnough(text)) end();
  });
  socket.write(command('AUTH', password) + command(...words));
  await over.promise;
  clearTimeout(timer);
  return { text, socket };
}

/** A command in the protocol of Redis. */
const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
