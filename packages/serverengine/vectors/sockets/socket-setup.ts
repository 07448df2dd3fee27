import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { errnoOf } from '@pinky/protocol/base';
import { SocketManager, type ListenAddress } from '@pinky/serverengine';
import type { Replay, ReplayContext, ReplayResult, VectorCase } from '../replay.js';
import { SocketWorkerHandle } from './socket-worker-handle.js';
import type { WorkerOrder, WorkerReply } from './worker-orders.js';

/** The outcome of one request to listen. */
export type Listened =
  { readonly port: number; readonly error?: never } | { readonly error: string; readonly port?: never };

/** A manager and its workers for one case. `end` leaves no process behind. */
export class SocketSetup {
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

  /** Several workers on one free port. */
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

/** Runs a replay with a setup of its own, and ends the setup in any case. */
export const withSetup =
  (run: (vector: VectorCase, setup: SocketSetup, context: ReplayContext) => Promise<ReplayResult>): Replay['run'] =>
  async (vector, context) => {
    const setup = new SocketSetup(context);
    try {
      return await run(vector, setup, context);
    } finally {
      await setup.end();
    }
  };

/** The answer to a TCP connection: `''` for an end without a byte, or the name of its error. */
export function ask(port: number, host = '127.0.0.1'): Promise<string> {
  return answerOf(connect(port, host));
}

/** The same for a connection that was made before. */
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

/** The answers to several connections, one after another. */
export async function askOften(count: number, port: number, host?: string): Promise<string[]> {
  const answers: string[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await ask(port, host));
  return answers;
}

/** The answers to several datagrams, `<pid> <number>`. Each one is sent after the answer to the one before. */
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

/** The kernel's sockets on a port, with their inodes and addresses (proc_net(5)). For TCP only those that listen. */
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

/** `0100007F` is 127.0.0.1: the kernel prints each 32 bits in the machine's byte order, here little-endian. */
function readable(hex: string): string {
  if (hex.length > 8) return /^0+$/.test(hex) ? '::' : /^0{24}01000000$/.test(hex) ? '::1' : hex;
  return (hex.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)).join('.');
}
