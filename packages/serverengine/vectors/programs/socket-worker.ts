import { createServer, type Server } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { assertNever, errnoOf } from '@pinky/protocol/base';
import { type ListenAddress, SocketClient, SocketManager } from '@pinky/serverengine';
import { SocketWorkerHandle } from '../sockets/worker-handle.js';

/**
 * A worker that does what its parent tells it: listens on a shared port (answering every connection with its pid),
 * closes its sockets, spins so that it accepts no more, or becomes a manager of its own that takes its parent's sockets
 * over.
 */
export type WorkerOrder =
  | {
      readonly do: 'listen';
      readonly address: ListenAddress;
      /** `silent`: accepts and says nothing. */ readonly as?: 'tcp' | 'http' | 'silent';
    }
  | { readonly do: 'takeOver'; readonly addresses: readonly ListenAddress[] }
  /** Has a worker of its own serve these from what was taken over. */
  | { readonly do: 'serve'; readonly addresses: readonly ListenAddress[] }
  | { readonly do: 'close' | 'spin' | 'ping' };

export interface WorkerReply {
  readonly done: WorkerOrder['do'];
  readonly ports?: readonly number[];
  /** `serve`: whose pid the connections are answered with. */
  readonly servedBy?: number;
  readonly error?: string;
}

const client = new SocketClient();
const takenOver = new SocketManager(undefined, client.source);
const servers: Server[] = [];
let below: SocketWorkerHandle | undefined;

type Result = Omit<WorkerReply, 'done' | 'error'>;

async function listen(address: ListenAddress, as: 'tcp' | 'http' | 'silent' = 'tcp'): Promise<number> {
  if (address.protocol === 'udp') {
    const socket = await client.bindUdp(address);
    socket.on('message', (text, from) => socket.send(`${process.pid} ${String(text)}`, from.port, from.address));
    return socket.address().port;
  }
  const server =
    as === 'http'
      ? createHttp((_request, response) => response.end(`${process.pid}`))
      : createServer(
          (socket) =>
            void socket
              .on('error', () => undefined)
              .write(as === 'silent' ? '' : `${process.pid}`, () => as === 'tcp' && socket.end()),
        );
  servers.push(server);
  return (await client.listen(server, address)).port;
}

async function serve(addresses: readonly ListenAddress[]): Promise<Result> {
  below ??= SocketWorkerHandle.start(process.argv[1] ?? '', takenOver);
  const ports: number[] = [];
  for (const address of addresses) {
    const reply = await below.order({ do: 'listen', address });
    if (reply.error !== undefined) throw new Error(reply.error);
    ports.push(...(reply.ports ?? []));
  }
  return { ports, servedBy: below.pid };
}

async function obey(order: WorkerOrder): Promise<Result> {
  switch (order.do) {
    case 'listen':
      return { ports: [await listen(order.address, order.as)] };
    case 'takeOver':
      return { ports: await Promise.all(order.addresses.map(async (address) => (await takenOver.open(address)).port)) };
    case 'serve':
      return serve(order.addresses);
    case 'close':
      await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
      return {};
    case 'spin':
      setImmediate(() => {
        for (;;) Math.random();
      });
      return {};
    case 'ping':
      return {};
    default:
      return assertNever(order);
  }
}

const reply = (message: WorkerReply): void => void process.send?.(message);
process.on('message', (message: object) => {
  if (!('do' in message)) return;
  // The cast holds: only our parent writes to this channel.
  const order = message as WorkerOrder;
  obey(order).then(
    (result) => reply({ done: order.do, ...result }),
    (error: unknown) => reply({ done: order.do, error: errnoOf(error) ?? String(error) }),
  );
});
process.on('disconnect', () => process.exit());
