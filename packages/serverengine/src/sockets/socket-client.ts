import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { deferred, errnoOf, PinkyError, type Deferred } from '@pinky/protocol/base';
import type { InternetAddress, ListenAddress, ResolvedAddress, UnixAddress } from './listen-address.js';
import { openSocket, stopReceiving, type BoundAddress, type BoundHandle, type SharedSocket } from './open-socket.js';
import { isSocketAnswer, type SocketAnswer, type SocketRequest } from './socket-messages.js';

/** The part of `process` that reaches the parent. */
export interface ParentChannel {
  readonly connected?: boolean;
  send?(message: unknown, handle: undefined, options: undefined, done: (error: Error | null) => void): boolean;
  on(event: 'message' | 'disconnect', listener: (message: unknown, handle?: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message: unknown, handle?: unknown) => void): unknown;
}

interface Received {
  readonly address: BoundAddress;
  readonly handle: unknown;
}

/**
 * A worker's end. Gets sockets from the `SocketManager` of the process that forked it. Failures have the system's code
 * (`EADDRINUSE`, `ENOTFOUND` …), or `bad_option`, or `connection_lost` if there is no parent. It listens to the
 * channel only while it waits for an answer, so that it does not keep an idle process alive.
 */
export class SocketClient {
  private readonly asked = new Map<number, Deferred<Received>>();
  private lastId = 0;
  private readonly channel: ParentChannel;

  constructor(channel?: ParentChannel) {
    // The cast holds: `process` has `send` with these parameters if it was forked.
    this.channel = channel ?? (process as unknown as ParentChannel);
  }

  /** Lets a server (net, http, tls …) accept from a shared TCP port or Unix path. Resolves when it listens. */
  async listen(server: Server, address: InternetAddress<'tcp'> | UnixAddress): Promise<BoundAddress> {
    const { handle, address: bound } = await this.ask(address);
    server.listen(handle);
    await once(server, 'listening');
    return bound;
  }

  /** A shared UDP port, ready for use. Each datagram goes to one of the listeners. */
  async bindUdp(address: { readonly host?: string; readonly port: number }): Promise<Socket> {
    // The cast holds: for UDP the channel delivers a dgram socket.
    return (await this.ask({ ...address, protocol: 'udp' })).handle as Socket;
  }

  /**
   * Makes this client the source of another manager. A new server process gets the sockets of the process above it, so
   * that two generations serve one port during a live restart. Once the process above has closed, sockets are opened
   * here.
   */
  readonly source = async (address: ResolvedAddress): Promise<SharedSocket> => {
    try {
      const { handle, address: bound } = await this.ask(address);
      // The cast holds: a manager sends these two kinds.
      const shared = handle as BoundHandle | Socket;
      if (address.protocol === 'udp') stopReceiving(shared as Socket);
      return { handle: shared, address: bound, close: () => void shared.close() };
    } catch (failure) {
      if (errnoOf(failure) === 'connection_lost') return openSocket(address);
      throw failure;
    }
  };

  private async ask(address: ListenAddress): Promise<Received> {
    const { channel } = this;
    if (!isMainThread && Object.is(channel, process)) {
      throw new PinkyError(
        'bad_option',
        'worker threads share no sockets, because Node hands descriptors to processes only: use worker type process',
      );
    }
    if (!channel.send || channel.connected === false) {
      throw new PinkyError(
        'connection_lost',
        'this process has no parent that manages sockets: it was not forked, or the parent has gone',
      );
    }
    const answer = deferred<Received>();
    const id = (this.lastId += 1);
    if (this.asked.size === 0) channel.on('message', this.onMessage);
    if (this.asked.size === 0) channel.on('disconnect', this.onDisconnect);
    this.asked.set(id, answer);
    const request: SocketRequest = { type: 'sockets.listen', id, address };
    channel.send(request, undefined, undefined, (error) => {
      if (error) this.settle(id)?.reject(new PinkyError('connection_lost', error.message, { cause: error }));
    });
    return answer.promise;
  }

  private readonly onMessage = (message: unknown, handle?: unknown): void => {
    if (!isSocketAnswer(message)) return;
    const asked = this.settle(message.id);
    if (message.error) asked?.reject(refusal(message.error));
    else asked?.resolve({ address: message.address, handle });
  };

  private readonly onDisconnect = (): void => {
    for (const id of this.asked.keys())
      this.settle(id)?.reject(new PinkyError('connection_lost', 'the parent has gone'));
  };

  private settle(id: number): Deferred<Received> | undefined {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (this.asked.size === 0) this.channel.off('message', this.onMessage);
    if (this.asked.size === 0) this.channel.off('disconnect', this.onDisconnect);
    return asked;
  }
}

const refusal = ({ code, message }: NonNullable<SocketAnswer['error']>): Error =>
  Object.assign(new Error(message), { code });
