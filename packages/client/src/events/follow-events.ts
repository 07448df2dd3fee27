import type { Connection } from '../requests/connection.js';
import { unlessAborted } from '../requests/patience.js';
import { BoxProblem, unreachable } from '../requests/problem.js';
import type { BoxEvent, EventsOptions } from './box-event.js';
import { messagesOf } from './event-stream.js';

/** The most events that one list has. */
const mostListed = 1000;
/** Until the first event of a new box there is no id from which a stream could go on. Milliseconds. */
const lookMs = 1_000;

/** Events in order, each once, over broken connections and the death of the API. */
export class EventFollower {
  readonly #patience;

  constructor(private readonly connection: Connection, private readonly options: EventsOptions) {
    this.#patience = connection.patience();
  }

  /** Throws a `BoxProblem`: `too_old` where events are lost, and what does not pass by itself. */
  async *events(): AsyncGenerator<BoxEvent> {
    try {
      yield* this.#all();
    } catch (failure) {
      unlessAborted(this.options.signal)(failure);
    }
  }

  async *#all(): AsyncGenerator<BoxEvent> {
    const { signal } = this.options;
    let last = this.options.after ?? (await this.#patiently(() => this.#list(1))).at(-1)?.id;
    while (last === undefined && !signal?.aborted) {
      await this.connection.clock.sleep(lookMs, signal);
      for (const event of await this.#patiently(() => this.#list(mostListed))) {
        last = event.id;
        yield event;
      }
    }
    while (last !== undefined && !signal?.aborted) {
      for await (const event of this.#stream(last)) {
        last = event.id;
        yield event;
      }
    }
  }

  /** One connection: what comes behind an event, until it breaks. */
  async *#stream(after: string): AsyncGenerator<BoxEvent> {
    const { signal } = this.options;
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': after };
      const response = await this.connection.get(this.#path(), { headers, signal });
      for await (const { event, data } of messagesOf(response, this.connection.clock)) {
        if (event === 'too_old') throw tooOld(after);
        this.#patience.answered();
        yield JSON.parse(data) as BoxEvent; // Pinky wrote it
      }
      throw unreachable(this.connection.url, 'the stream has ended');
    } catch (failure) {
      if (!signal?.aborted) await this.#patience.pause(failure, signal);
    }
  }

  async #list(limit: number): Promise<readonly BoxEvent[]> {
    const response = await this.connection.get(this.#path({ limit }), { signal: this.options.signal });
    const { events } = (await response.json()) as { readonly events: readonly BoxEvent[] }; // its schema
    return events;
  }

  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.#patience.answered();
        return answer;
      } catch (failure) {
        await this.#patience.pause(failure, this.options.signal);
      }
    }
  }

  #path(more: Readonly<Record<string, number>> = {}): string {
    const { serverId, types } = this.options;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(more)) query.set(name, String(value));
    if (types) query.set('type', types.join(','));
    const of = serverId === undefined ? '' : `/servers/${encodeURIComponent(serverId)}`;
    return `/v1${of}/events${query.size > 0 ? `?${query.toString()}` : ''}`;
  }
}

const tooOld = (after: string): BoxProblem =>
  new BoxProblem({
    code: 'too_old',
    detail: `the box no longer has the events behind ${after}`,
    remedy: 'read the present state, and follow the events from now on',
    status: 410,
  });
