import type { ChildProcess, SendHandle } from 'node:child_process';
import { asPinkyError, errnoOf, PinkyError, silentLogger, type Logger } from '@pinky/protocol/base';
import { addressKey, resolveAddress, type ListenAddress, type ResolvedAddress } from './listen-address.js';
import { openSocket, type BoundAddress, type SharedSocket } from './open-socket.js';
import { isSocketRequest, type SocketAnswer, type SocketRequest } from './socket-messages.js';

/** Gives a manager its sockets: from the system, or from its own parent's manager. */
export type SocketSource = (address: ResolvedAddress) => Promise<SharedSocket>;

/**
 * The parent's end. Opens sockets at a worker's request and hands them over. All workers share each socket.
 *
 * The parent keeps every socket open and accepts nothing itself. So a port stays open while workers die, restart and
 * come. A connection that arrives meanwhile waits in the kernel's queue for the next worker. A failed request is not
 * remembered.
 */
export class SocketManager {
  private readonly sockets = new Map<string, Promise<SharedSocket>>();
  private isClosed = false;

  constructor(private readonly log: Logger = silentLogger, private readonly source: SocketSource = openSocket) {}

  /** Answers this child's requests over its IPC channel (`fork`), for as long as it lives. */
  serve(child: ChildProcess): void {
    child.on('message', (message) => {
      if (isSocketRequest(message)) void this.answer(child, message);
    });
  }

  /** Opens a socket before any worker runs, so that a taken port fails here. */
  async open(address: ListenAddress): Promise<BoundAddress> {
    return (await this.socketAt(address)).address;
  }

  /** Closes the parent's ends. Workers go on with their sockets, and the last of them closes the port. */
  async close(): Promise<void> {
    this.isClosed = true;
    const open = await Promise.allSettled(new Set(this.sockets.values()));
    this.sockets.clear();
    for (const socket of open) if (socket.status === 'fulfilled') socket.value.close();
  }

  private async answer(child: ChildProcess, { id, address }: SocketRequest): Promise<void> {
    try {
      const socket = await this.socketAt(address);
      // The cast holds: `send` takes libuv's own handles too. Node's cluster module relies on it.
      this.send(child, { type: 'sockets.answer', id, address: socket.address }, socket.handle as SendHandle);
    } catch (failure) {
      const code = errnoOf(failure) ?? 'internal';
      const { message } = asPinkyError(failure);
      this.log.warn({
        event: 'sockets.refused',
        address,
        code,
        reason: message,
      });
      this.send(child, { type: 'sockets.answer', id, error: { code, message } });
    }
  }

  private send(child: ChildProcess, answer: SocketAnswer, handle?: SendHandle): void {
    if (!child.connected) return; // it died while it waited, and the socket stays for its successor
    child.send(answer, handle, { keepOpen: true }, (error) => {
      if (error) this.log.debug({ event: 'sockets.unsent', pid: child.pid, error });
    });
  }

  private async socketAt(address: ListenAddress): Promise<SharedSocket> {
    const resolved = await resolveAddress(address);
    if (this.isClosed) throw new PinkyError('connection_lost', 'the socket manager is closed');
    const key = addressKey(resolved);
    const known = this.sockets.get(key);
    if (known) return known;
    const opening = this.source(resolved);
    this.sockets.set(key, opening);
    try {
      const socket = await opening;
      // A request for the port that a 0 became means this socket.
      if (resolved.protocol !== 'unix') {
        this.sockets.set(addressKey({ ...resolved, port: socket.address.port }), opening);
      }
      return socket;
    } catch (error) {
      this.sockets.delete(key);
      throw error;
    }
  }
}
