import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can break. */
export interface TcpProxy {
  readonly port: number;
  /** How many bytes may still pass towards the server, and back from it. Then the connection breaks. Default: any. */
  upBytes: number;
  downBytes: number;
  /** Refuses every connection, and breaks those that are open. */
  isDown: boolean;
  /** How many connections were made. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function tcpProxy(to: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let made = 0;
  const proxy = { upBytes: Infinity, downBytes: Infinity, isDown: false };
  const server = createServer((from) => {
    if (proxy.isDown) return void from.resetAndDestroy();
    made += 1;
    const onward = connect(to, '127.0.0.1');
    const end = (): void => { from.resetAndDestroy(); onward.destroy(); };
    const pass = (source: Socket, target: Socket, left: 'upBytes' | 'downBytes'): void => {
      open.add(source);
      source.on('data', (chunk) => {
        const some = chunk.subarray(0, Math.min(chunk.length, proxy[left]));
        proxy[left] -= some.length;
        const isOver = some.length < chunk.length || proxy.isDown;
        if (!target.write(some, () => { if (isOver) end(); }) && !isOver) {
          source.pause();
          target.once('drain', () => source.resume());
        }
      });
      source.on('end', () => target.end());
      source.on('error', end);
      source.on('close', () => { open.delete(source); target.end(); });
    };
    pass(from, onward, 'upBytes');
    pass(onward, from, 'downBytes');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    port: (server.address() as AddressInfo).port,
    connections: () => made,
    close: () => {
      for (const socket of open) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
