import { deferred } from '@pinky/protocol';
import { identify, readStat, type ProcessIdentity } from '@pinky/supervisor';
import { connect, type Socket } from 'node:net';
import { readFileSync, readlinkSync } from 'node:fs';

/** A private Redis that runs already: its identity, and a connection that closes when it ends. */
export interface RunningRedis {
  readonly identity: ProcessIdentity;
  readonly connection: Socket;
}

/** Asks the process at the socket for its pid. Undefined if none answers in time. */
export async function probeRedis(
  socketPath: string,
  password: string,
  timeoutMs: number,
): Promise<RunningRedis | undefined> {
  const socket = connect(socketPath);
  const answer = deferred<string | undefined>();
  const timer = setTimeout(() => answer.resolve(undefined), timeoutMs);
  let text = '';
  socket.on('error', () => answer.resolve(undefined)); // ENOENT, ECONNREFUSED: no process listens
  socket.on('close', () => answer.resolve(undefined));
  socket.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(-64 * 1024);
    const pid = /^process_id:(\d+)\r?$/m.exec(text)?.[1];
    if (pid !== undefined) answer.resolve(pid);
  });
  socket.write(command('AUTH', password) + command('INFO', 'server'));
  const pid = await answer.promise;
  clearTimeout(timer);
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
  const socket = connect(socketPath);
  const over = deferred<undefined>();
  const end = (): void => over.resolve(undefined);
  const timer = setTimeout(end, timeoutMs);
  let text = '';
  socket.on('error', end);
  socket.on('close', end);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (text.split('\n').length > 2) end(); // that to AUTH, and that to the order
  });
  socket.write(command('AUTH', password) + command(...words));
  await over.promise;
  clearTimeout(timer);
  socket.destroy();
  return text;
}

/** The process in the pid file, if it is a redis-server in our folder. For a Redis that does not answer yet. */
export function redisOfPidFile(pidFile: string, redisDir: string): ProcessIdentity | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const isOurs = readStat(pid)?.name === 'redis-server' && readlinkSync(`/proc/${pid}/cwd`) === redisDir;
    return isOurs ? identify(pid) : undefined;
  } catch {
    return undefined; // no pid file, or its process is gone
  }
}

/** A command in the protocol of Redis. */
const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
