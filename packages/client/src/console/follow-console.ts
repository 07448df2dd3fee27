import type { Connection } from '../requests/connection.js';
import { unlessAborted } from '../requests/patience.js';
import { unreachable } from '../requests/problem.js';
import type { ConsoleMessage, ConsoleOptions } from './console-message.js';
import { ConsoleSocket } from './console-socket.js';

/** The box hears after so many bytes how far we are. */
const acknowledgeBytes = 64 * 1024;

interface Place {
  readonly run: string;
  readonly offset: number;
}

/** The console of a server live: each line once and in order, over broken connections and the death of the API. */
export class ConsoleFollower {
  #place: Place | undefined;
  #acknowledged: Place = { run: '', offset: 0 };
  readonly #patience;

  constructor(
    private readonly connection: Connection,
    private readonly serverId: string,
    private readonly options: ConsoleOptions,
  ) {
    this.#patience = connection.patience();
  }

  /** Throws a `BoxProblem` that does not pass by itself. */
  async *messages(): AsyncGenerator<ConsoleMessage> {
    const { signal } = this.options;
    while (!signal?.aborted) {
      try {
        yield* this.#connected(signal);
      } catch (failure) {
        if (!signal?.aborted) await this.#patience.pause(failure, signal).catch(unlessAborted(signal));
      }
    }
  }

  async *#connected(signal: AbortSignal | undefined): AsyncGenerator<ConsoleMessage> {
    const socket = await ConsoleSocket.open(this.connection, this.#path());
    this.#patience.answered();
    this.#acknowledged = { run: '', offset: 0 };
    for await (const message of socket.messages(signal)) {
      yield message;
      this.#note(message, socket);
    }
    throw unreachable(this.connection.url, 'the connection has ended');
  }

  /** After the caller has dealt with it. */
  #note(message: ConsoleMessage, socket: ConsoleSocket): void {
    const offset = endOf(message);
    if (offset === undefined || message.type === 'state') return;
    const { run } = message;
    this.#place = { run, offset };
    if (run === this.#acknowledged.run && offset - this.#acknowledged.offset < acknowledgeBytes) return;
    this.#acknowledged = this.#place;
    socket.acknowledge(run, offset);
  }

  #path(): string {
    const from = this.#place ? `${this.#place.run}:${this.#place.offset}` : this.options.from;
    const query = from === undefined ? '' : `?from=${encodeURIComponent(from)}`;
    return `/v1/servers/${encodeURIComponent(this.serverId)}/console/live${query}`;
  }
}

/** Where the console goes on behind a message. */
function endOf(message: ConsoleMessage): number | undefined {
  switch (message.type) {
    case 'line': return message.end;
    case 'skipped': return message.to;
    case 'run': return 0;
    case 'state': return undefined;
  }
}
