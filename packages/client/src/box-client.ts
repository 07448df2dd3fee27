import type { ConsoleMessage, ConsoleOptions } from './console/console-message.js';
import { ConsoleFollower } from './console/follow-console.js';
import type { BoxEvent, EventsOptions } from './events/box-event.js';
import { EventFollower } from './events/follow-events.js';
import { change, type ChangeOptions, type Send } from './jobs/change.js';
import { Connection, type BoxApi, type ClientOptions } from './requests/connection.js';

/** Speaks to the API of one box. Every failure is a `BoxProblem`. */
export class BoxClient {
  /** Every route, with the types of the API's own document. For reads; a change by it answers with a job. */
  readonly api: BoxApi;
  readonly #connection: Connection;

  constructor(options: ClientOptions) {
    this.#connection = new Connection(options);
    this.api = this.#connection.api();
  }

  /**
   * Has the box make a change, and resolves with its result. The change is made once, even if the connection breaks or
   * the API dies meanwhile: then the request is sent again with the same key.
   */
  change(send: Send, options: ChangeOptions = {}): Promise<unknown> {
    return change(this.#connection, send, options);
  }

  /** Events in order, each once. It throws `too_old` if the box has lost some that were not read. */
  events(options: EventsOptions = {}): AsyncGenerator<BoxEvent> {
    return new EventFollower(this.#connection, options).events();
  }

  /** The console of a server live, each line once and in order. A reader that is slow is waited for. */
  console(serverId: string, options: ConsoleOptions = {}): AsyncGenerator<ConsoleMessage> {
    return new ConsoleFollower(this.#connection, serverId, options).messages();
  }
}
