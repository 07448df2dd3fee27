import { createServer, type Server } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { assertNever, errnoOf } from '@pinky/protocol/base';
import { SocketClient, SocketManager, type ListenAddress } from '@pinky/serverengine';
import { SocketWorkerHandle } from '../sockets/socket-worker-handle.js';
import type { WorkerOrder, WorkerReply } from '../sockets/worker-orders.js';

/** Carries out its parent's orders about sockets, and answers each connection with its pid. */
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

async function carryOut(order: WorkerOrder): Promise<Result> {
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
  carryOut(order).then(
    (result) => reply({ done: order.do, ...result }),
    (error: unknown) => reply({ done: order.do, error: errnoOf(error) ?? String(error) }),
  );
});
process.on('disconnect', () => process.exit());
