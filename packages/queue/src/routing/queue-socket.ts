import {
  Listener,
  messageOf,
  PinkyError,
  type Logger,
  type LongLived,
  type Message,
  type Peer,
  type RequestContext,
} from '@pinky/protocol';
import type { EventsMessage } from '../publish/event-batch.js';
import type { EventFeed } from '../publish/event-feed.js';
import type { EventLog } from '../publish/event-log.js';
import type { WorkerRegistry } from './worker-registry.js';

/** Answers one kind of request on `queue.sock`. */
export type RequestHandler = (params: unknown, context: RequestContext) => Promise<unknown>;

export interface QueueSocketOptions {
  readonly path: string;
  readonly registry: WorkerRegistry;
  readonly feed: EventFeed;
  /** Keeps events in files. */
  readonly eventLog?: Pick<EventLog, 'add'>;
  readonly logger: Logger;
  readonly onEvents: (batch: EventsMessage, peer: Peer) => void;
  /** By method. Any other is answered with `unsupported`. */
  readonly requests: Readonly<Record<string, RequestHandler>>;
}

/**
 * `queue.sock`: workers say what is true and what happened, and the command line asks. It needs no Redis.
 */
export class QueueSocket implements LongLived {
  readonly #listener: Listener;

  constructor(private readonly options: QueueSocketOptions) {
    this.#listener = new Listener(options.path, {
      onMessage: (message, peer) => this.#receive(message, peer),
      onRequest: (method, params, context) => this.request(method, params, context),
      onClose: (peer) => {
        options.feed.unsubscribe(peer);
        options.registry.closed(peer);
      },
      onBoundAgain: (failure) => this.#boundAgain(failure),
    });
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#listener.start(signal);
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  async request(method: string, params: unknown, context: RequestContext): Promise<unknown> {
    const handler = Object.hasOwn(this.options.requests, method) ? this.options.requests[method] : undefined;
    if (!handler) {
      throw new PinkyError('unsupported', `the queue does not know the request ${JSON.stringify(method).slice(0, 80)}`);
    }
    return handler(params, context);
  }

  #boundAgain(failure: unknown): void {
    const { logger, path } = this.options;
    if (failure === undefined) logger.warn({ event: 'socket.bound_again', path, because: 'it was removed' });
    else logger.error({ event: 'socket.not_bound', path, because: messageOf(failure) });
  }

  #receive(message: Message, peer: Peer): void {
    const { registry, feed, eventLog, onEvents } = this.options;
    switch (message.type) {
      case 'identify': return registry.identify(peer, message);
      case 'status': return registry.status(peer, message.status);
      case 'events':
        if (registry.serverOf(peer) !== message.serverId) return;
        feed.offer(message);
        eventLog?.add(message); // first here, then in Redis: whatever is published is in the log
        return onEvents(message, peer);
      default: return; // a hello, or a message of a newer version
    }
  }
}
