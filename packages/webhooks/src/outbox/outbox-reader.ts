import type { OutboxEvent, Bookmark, Skipped } from './entry.js';
import { bookmarkAt, type OutboxStore } from './outbox-store.js';

const pageLength = 100;
/** After so many events that are not for it, a reader answers, so that its bookmark is written down. */
const passedAtOnce = 2_000;

/** The next thing for one webhook: events, or word of events that are gone. `bookmark` is where that leaves it. */
export interface Portion {
  readonly bookmark: Bookmark;
  readonly events: readonly OutboxEvent[];
  readonly skipped?: Skipped;
}

/** Reads the outbox for one webhook, page by page. */
export class OutboxReader {
  #at = '';
  #page: OutboxEvent[] = [];

  constructor(private readonly store: Pick<OutboxStore, 'after'>) {}

  /**
   * Up to `most` events behind a bookmark that `wants` takes. Neither events nor `skipped` where there is nothing: then
   * the bookmark may have moved all the same.
   */
  async next(from: Bookmark, wants: (event: OutboxEvent) => boolean, most: number): Promise<Portion> {
    if (from.cursor !== this.#at) this.#page = [];
    const events: OutboxEvent[] = [];
    let bookmark = from;
    for (let passed = 0; events.length < most && passed < passedAtOnce; passed++) {
      if (this.#page.length === 0 && events.length > 0) break; // they go out before Redis is asked again
      if (this.#page.length === 0) this.#page = await this.store.after(bookmark.cursor, pageLength);
      const [event] = this.#page;
      if (!event) break;
      if (event.n > bookmark.n + 1) {
        if (events.length > 0) break;
        return this.#gap(bookmark, event);
      }
      this.#page.shift();
      bookmark = bookmarkAt(event);
      if (wants(event)) events.push(event);
    }
    this.#at = bookmark.cursor;
    return { bookmark, events };
  }

  #gap(bookmark: Bookmark, event: OutboxEvent): Portion {
    this.#at = bookmark.cursor;
    const skipped = {
      count: event.n - bookmark.n - 1,
      ...(bookmark.event !== undefined && { after: bookmark.event }),
      before: event.id,
    };
    return { bookmark: { ...bookmark, n: event.n - 1 }, events: [], skipped };
  }
}
