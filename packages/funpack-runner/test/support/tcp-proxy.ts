import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can break. */
export interface TcpProxy {
  readonly port: number;
  /**
   * How many bytes may still pass towards the server, and back from it. Then the connection breaks: with a reset
   * towards the server, and with its end towards the client, who gets all bytes before that. Default: any.
   */
  upBytes: number;
  downBytes: number;
  /** Refuses every connection, and breaks those that are open. */
  isDown: boolean;
  /** Takes connections, and passes nothing on. */
  isSilent: boolean;
  /** How many connections were made. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function tcpProxy(to: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let made = 0;
  const proxy = { upBytes: Infinity, downBytes: Infinity, isDown: false, isSilent: false };
  const server = createServer((from) => {
    if (proxy.isDown) return void from.resetAndDestroy();
    made += 1;
    if (proxy.isSilent) {
      open.add(from);
      from.on('error', () => undefined).on('close', () => open.delete(from)).resume();
      return;
    }
    const onward = connect(to, '127.0.0.1');
    const end = (): void => { from.resetAndDestroy(); onward.destroy(); };
    // A reset would throw away bytes that nobody has read yet.
    const endAfterAll = (): void => { from.end(); onward.destroy(); };
    const pass = (source: Socket, target: Socket, left: 'upBytes' | 'downBytes'): void => {
      open.add(source);
      source.on('data', (chunk) => {
        const some = chunk.subarray(0, Math.min(chunk.length, proxy[left]));
        proxy[left] -= some.length;
        const isOver = some.length < chunk.length || proxy.isDown;
        const over = left === 'downBytes' && !proxy.isDown ? endAfterAll : end;
        if (!target.write(some, () => { if (isOver) over(); }) && !isOver) {
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
