import type { Cursor, Logger, Peer, PendingEvent } from '@pinky/protocol';
import { noCursor, type EventsMessage } from './event-batch.js';

/** A subscriber that lets more than this wait in our memory is cut off, bytes. */
const slowAfterBytes = 8 * 1024 * 1024;

/**
 * Sends subscribers the events as they first arrive, also while Redis is away. A batch that is sent again is known by
 * its position. A new queue remembers nothing: it feeds what was unpublished when it began once more, with the same id.
 */
export class EventFeed {
  readonly #subscribers = new Set<Peer>();
  readonly #seen = new Map<string, Cursor>();

  constructor(private readonly logger: Logger) {}

  subscribe(peer: Peer): void {
    this.#subscribers.add(peer);
  }

  unsubscribe(peer: Peer): void {
    this.#subscribers.delete(peer);
  }

  offer(batch: EventsMessage): void {
    const seen = this.#seen.get(batch.serverId) ?? noCursor;
    if (batch.run < seen.run) return;
    const from = batch.run > seen.run ? { ...noCursor, run: batch.run } : seen;
    this.#seen.set(batch.serverId, {
      run: batch.run,
      console: Math.max(from.console, batch.console),
      journal: Math.max(from.journal, batch.journal),
    });
    if (this.#subscribers.size === 0) return;
    for (const event of batch.events) if (event.start >= from[event.stream]) this.#send(event);
  }

  forget(serverId: string): void {
    this.#seen.delete(serverId);
  }

  #send(event: PendingEvent): void {
    for (const peer of this.#subscribers) {
      if (peer.bufferedBytes <= slowAfterBytes) peer.send({ type: 'feed', json: event.json });
      else this.#cutOff(peer);
    }
  }

  #cutOff(peer: Peer): void {
    this.#subscribers.delete(peer);
    this.logger.warn({ event: 'feed.cut_off', because: `a subscriber was more than ${slowAfterBytes} bytes behind` });
    peer.destroy();
  }
}
