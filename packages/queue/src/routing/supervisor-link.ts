import {
  Link,
  PinkyError,
  type CatalogueAnswer,
  type CatalogueAsk,
  type FetchData,
  type LongLived,
  type Message,
  type RequestContext,
  type RequestOptions,
} from '@pinky/protocol';

export interface SupervisorLinkOptions {
  readonly path: string;
  readonly greet: () => readonly Message[];
  /** The supervisor asks us to leave for a successor. */
  readonly onShutdown: () => void;
  readonly onRequest: (method: string, params: unknown, context: RequestContext) => Promise<unknown>;
}

/** How long the supervisor may take to fork a worker, milliseconds. */
const ensureDeadlineMs = 5_000;

/** Our connection to the supervisor, which hears who we are and starts workers for us. */
export class SupervisorLink implements LongLived {
  readonly #link: Link;

  constructor(options: SupervisorLinkOptions) {
    this.#link = new Link({ path: options.path }, {
      greet: options.greet,
      onMessage: (message) => { if (message.type === 'shutdown') options.onShutdown(); },
      onRequest: options.onRequest,
    });
  }

  start(signal?: AbortSignal): void {
    this.#link.start(signal);
  }

  stop(): Promise<void> {
    return this.#link.stop();
  }

  /** Throws `supervisor_unreachable` if the supervisor is away or hangs, and its own answer if it refuses. */
  async ensureWorker(serverId: string): Promise<void> {
    const need = `server ${serverId} needs a worker`;
    await this.#ask('ensureWorker', { serverId }, need, { deadlineMs: ensureDeadlineMs });
  }

  /** Has the supervisor bring a funpack or a world into the cache. Throws as `ensureWorker`. */
  fetch(data: FetchData, options: RequestOptions): Promise<unknown> {
    return this.#ask('fetch', data, 'a fetch needs the supervisor', options);
  }

  /** Has a question about backups answered. Throws as `ensureWorker`, and what the runner throws. */
  askCatalogue(ask: CatalogueAsk, { deadlineMs, onProgress }: RequestOptions): Promise<CatalogueAnswer> {
    const options = { deadlineMs, ...(onProgress && { onProgress }) };
    // The supervisor is our own, and answers what was asked.
    return this.#ask('catalogue', ask, `${ask.name} needs the supervisor`, options) as Promise<CatalogueAnswer>;
  }

  async #ask(method: string, params: unknown, need: string, options: RequestOptions): Promise<unknown> {
    try {
      return await this.#link.request(method, params, options);
    } catch (cause) {
      const code = cause instanceof PinkyError ? cause.code : 'connection_lost';
      if (code === 'deadline_exceeded' && method !== 'ensureWorker') {
        throw new PinkyError(code, `${method} was not done within ${options.deadlineMs} ms`, { cause });
      }
      if (code !== 'connection_lost' && code !== 'deadline_exceeded') throw cause;
      throw new PinkyError('supervisor_unreachable', `${need}, and the supervisor does not answer`, { cause });
    }
  }
}
