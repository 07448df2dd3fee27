import type { Socket } from 'node:net';
import { deferred, type Deferred } from '../time/deferred.js';
import { fromErrorAnswer, PinkyError, toErrorAnswer } from '../errors.js';
import { FrameDecoder } from './frame.js';
import { decodeMessage, encodeMessage, type Message } from './messages.js';
import type { Progress } from './progress.js';

export type ProgressListener = (progress: Progress) => void;

/** How long a request waits (milliseconds), and who hears about its progress. */
export interface RequestOptions {
  readonly deadlineMs: number;
  readonly onProgress?: ProgressListener;
}

export interface RequestContext {
  readonly peer: Peer;
  readonly deadlineMs: number;
  readonly progress: ProgressListener;
}

/** An end of a connection calls these for the messages that arrive. */
export interface PeerHandlers {
  /** Called for every message but requests and their answers. */
  readonly onMessage?: (message: Message, peer: Peer) => void;
  /** Answers a request of the other end. A failure crosses as an error answer. */
  readonly onRequest?: (method: string, params: unknown, context: RequestContext) => Promise<unknown>;
  readonly onClose?: (peer: Peer, cause: Error | undefined) => void;
}

interface Outstanding extends Deferred<unknown> {
  readonly timer: NodeJS.Timeout;
  readonly onProgress: ProgressListener | undefined;
}

/**
 * One end of a connection: messages both ways, and requests that are answered exactly once or fail by their deadline.
 */
export class Peer {
  readonly #decoder = new FrameDecoder();
  readonly #outstanding = new Map<number, Outstanding>();
  #lastRequest = 0;
  #failure: Error | undefined;
  #isClosed = false;

  constructor(private readonly socket: Socket, private readonly handlers: PeerHandlers) {
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => { this.#failure ??= error; });
    socket.on('close', () => this.#closed());
  }

  get isClosed(): boolean {
    return this.#isClosed || this.socket.destroyed;
  }

  /** How many bytes wait in this process because the other end is slow. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  /** Answers false if the connection is over. Then nothing was sent. */
  send(message: Message): boolean {
    if (!this.#canSend) return false;
    this.socket.write(encodeMessage(message));
    return true;
  }

  /** Throws `deadline_exceeded`, `connection_lost`, `frame_too_large`, or what the other end answered. */
  async request(method: string, params: unknown, { deadlineMs, onProgress }: RequestOptions): Promise<unknown> {
    const request = ++this.#lastRequest;
    // Encoded first: a request that cannot be sent fails here, and nobody waits for its answer.
    const frame = encodeMessage({
      type: 'request',
      request,
      method,
      params,
      deadlineMs,
    });
    const answer = deferred<unknown>();
    const timer = setTimeout(() => this.#settle(request)?.reject(
      new PinkyError('deadline_exceeded', `${method} was not answered within ${deadlineMs} ms`)), deadlineMs);
    this.#outstanding.set(request, { ...answer, timer, onProgress });
    if (!this.#canSend) {
      this.#settle(request)?.reject(new PinkyError('connection_lost', `${method}: the connection is closed`));
    } else this.socket.write(frame);
    return answer.promise;
  }

  /** A write after the end would destroy the socket, with everything in it that the other end has not read yet. */
  get #canSend(): boolean {
    return !this.isClosed && this.socket.writable;
  }

  /** Says what is in hand, and nothing more. The other end may still be read. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#decoder.push(chunk)) {
        const message = decodeMessage(frame);
        if (message) this.#receive(message);
      }
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.socket.destroy();
    }
  }

  #receive(message: Message): void {
    switch (message.type) {
      case 'request': void this.#answer(message); return;
      case 'progress': this.#outstanding.get(message.request)?.onProgress?.(message); return;
      case 'response': {
        const waiting = this.#settle(message.request);
        if (message.ok) waiting?.resolve(message.value);
        else waiting?.reject(fromErrorAnswer(message.error));
        return;
      }
      default: this.handlers.onMessage?.(message, this);
    }
  }

  async #answer({ request, method, params, deadlineMs }: Extract<Message, { type: 'request' }>): Promise<void> {
    const progress: ProgressListener = (p) => void this.send({ type: 'progress', request, ...p });
    try {
      if (typeof method !== 'string') throw new PinkyError('bad_command', 'a request must name its method');
      if (!this.handlers.onRequest) throw new PinkyError('unsupported', `${method}: this process answers no requests`);
      const value = await this.handlers.onRequest(method, params, { peer: this, deadlineMs, progress });
      this.send({ type: 'response', request, ok: true, value });
    } catch (error) {
      this.send({
        type: 'response',
        request,
        ok: false,
        error: toErrorAnswer(error),
      });
    }
  }

  #settle(request: number): Outstanding | undefined {
    const waiting = this.#outstanding.get(request);
    if (!waiting) return undefined;
    clearTimeout(waiting.timer);
    this.#outstanding.delete(request);
    return waiting;
  }

  #closed(): void {
    this.#isClosed = true;
    for (const request of [...this.#outstanding.keys()]) {
      this.#settle(request)?.reject(
        new PinkyError('connection_lost', 'the connection ended before the answer', { cause: this.#failure }),
      );
    }
    this.handlers.onClose?.(this, this.#failure);
  }
}
