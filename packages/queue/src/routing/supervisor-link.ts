import { Link, PinkyError, type LongLived, type Message, type RequestContext } from '@pinky/protocol';

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

  /** Throws `supervisor_unreachable` where the supervisor is away or hangs, and its own answer where it refuses. */
  async ensureWorker(serverId: string): Promise<void> {
    try {
      await this.#link.request('ensureWorker', { serverId }, { deadlineMs: ensureDeadlineMs });
    } catch (cause) {
      if (cause instanceof PinkyError && cause.code !== 'connection_lost' && cause.code !== 'deadline_exceeded') {
        throw cause;
      }
      throw new PinkyError(
        'supervisor_unreachable',
        `server ${serverId} needs a worker, and the supervisor does not answer`,
        { cause },
      );
    }
  }
}
