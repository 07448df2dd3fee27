import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { errnoOf } from '@pinky/protocol/base';
import { type ListenAddress, SocketManager } from '@pinky/serverengine';
import type { ReplayContext } from '../replay.js';
import type { WorkerOrder, WorkerReply } from '../programs/socket-worker.js';
import { SocketWorkerHandle } from './worker-handle.js';

/** What one listening came to. */
export type Listened =
  { readonly port: number; readonly error?: never } | { readonly error: string; readonly port?: never };

/** A manager and its workers for one case, with clients that ask them. Ends all of it at the end. */
export class SocketBench {
  readonly manager = new SocketManager();
  private readonly workers: SocketWorkerHandle[] = [];

  constructor(private readonly context: ReplayContext) {}

  worker(manager = this.manager): SocketWorkerHandle {
    const worker = SocketWorkerHandle.start(this.context.program('socket-worker'), manager);
    this.workers.push(worker);
    return worker;
  }

  async listen(worker: SocketWorkerHandle, address: ListenAddress, as?: 'silent'): Promise<Listened> {
    const order: WorkerOrder = { do: 'listen', address, ...(as && { as }) };
    const { ports, error }: WorkerReply = await worker.order(order);
    return ports?.[0] === undefined ? { error: error ?? 'no answer' } : { port: ports[0] };
  }

  /** Several workers on one port of their own choice. */
  async crowd(
    count: number,
    protocol: 'tcp' | 'udp',
    host: string,
  ): Promise<{ readonly workers: SocketWorkerHandle[]; readonly port: number }> {
    const workers = Array.from({ length: count }, () => this.worker());
    const listened = await Promise.all(workers.map((worker) => this.listen(worker, { protocol, host, port: 0 })));
    const ports = new Set(listened.map(({ port }) => port));
    const [port] = ports;
    if (port === undefined || ports.size !== 1) throw new Error(`workers listen on ${JSON.stringify(listened)}`);
    return { workers, port };
  }

  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await this.manager.close();
  }
}

/** What a TCP connection was answered, `''` for an end without a byte, or the errno name that it failed with. */
export function ask(port: number, host = '127.0.0.1'): Promise<string> {
  return answerOf(connect(port, host));
}

export async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  try {
    await once(socket, 'close');
    return text;
  } catch (error) {
    return errnoOf(error) ?? String(error);
  }
}

/** Answers of so many connections one after another. */
export async function askOften(count: number, port: number, host?: string): Promise<string[]> {
  const answers: string[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await ask(port, host));
  return answers;
}

/** Answers to so many datagrams, each sent when the one before was answered: `<pid> <number>`. */
export async function sendDatagrams(count: number, port: number): Promise<string[]> {
  const client = createSocket('udp4');
  const answers: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const answer = once(client, 'message');
    client.send(`${index}`, port, '127.0.0.1');
    answers.push(String((await answer)[0]));
  }
  client.close();
  return answers;
}

/**
 * The kernel's sockets that are bound to a port: their inodes and addresses (proc_net(5)); of TCP those that listen.
 */
export function kernelSockets(
  protocol: 'tcp' | 'udp',
  port: number,
): readonly { readonly inode: string; readonly address: string }[] {
  return [protocol, `${protocol}6`].flatMap((name) => {
    const rows = readFileSync(`/proc/net/${name}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/));
    return rows.flatMap(([, local = '', , state, , , , , , inode = '']) => {
      const [address = '', hexPort = ''] = local.split(':');
      return Number.parseInt(hexPort, 16) === port && (protocol === 'udp' || state === listening)
        ? [{ inode, address: readable(address) }]
        : [];
    });
  });
}

/** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
const listening = '0A';

/** `0100007F` is 127.0.0.1: the kernel prints each 32 bits in the machine's order, here little-endian. */
function readable(hex: string): string {
  if (hex.length > 8) return /^0+$/.test(hex) ? '::' : /^0{24}01000000$/.test(hex) ? '::1' : hex;
  return (hex.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)).join('.');
}
