import { identify } from '@pinky/supervisor/identity';
import {
  Lifetime,
  Link,
  type BoxPaths,
  type LinkOptions,
  type LongLived,
  type Message,
  type ServerStatus,
} from '@pinky/protocol';

export interface BoxLinksOptions {
  readonly serverId: string;
  readonly box: Pick<BoxPaths, 'queueSocket' | 'supervisorSocket'>;
  readonly version: () => string;
  readonly isRunning: () => boolean;
  readonly status: () => ServerStatus;
  readonly onMessage: (message: Message) => void;
  readonly onRequest: NonNullable<LinkOptions['onRequest']>;
  readonly onSupervisorGone: () => void;
  readonly onQueueGone: () => void;
}

/** A worker's connections to the supervisor and to the queue. Both hear the same. */
export class BoxLinks implements LongLived {
  readonly supervisor: Link;
  readonly queue: Link;
  readonly #life = new Lifetime({ begin: () => this.#begin(), end: () => this.#end() });

  constructor(private readonly options: BoxLinksOptions) {
    const { box, onSupervisorGone, onQueueGone } = options;
    this.supervisor = this.#link(box.supervisorSocket, onSupervisorGone);
    this.queue = this.#link(box.queueSocket, onQueueGone);
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  tell(message: Message): void {
    this.supervisor.send(message);
    this.queue.send(message);
  }

  /**
   * Ends the connections. Resolves when the other ends have read everything that was said, or hang. Answers that were
   * settled in this turn are sent first: the queue loses what it has not read if the worker is gone when it writes.
   */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  #begin(): void {
    this.supervisor.start();
    this.queue.start();
  }

  async #end(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([this.supervisor.stop(), this.queue.stop()]);
  }

  #link(path: string, onDisconnected: () => void): Link {
    const { onMessage, onRequest } = this.options;
    return new Link({ path }, {
      greet: () => this.#greeting(),
      onMessage,
      onRequest,
      onDisconnected,
    });
  }

  #greeting(): Message[] {
    const { serverId, version, isRunning, status } = this.options;
    const startTime = identify(process.pid)?.startTime ?? '';
    return [
      {
        type: 'identify',
        role: 'worker',
        pid: process.pid,
        startTime,
        version: version(),
        serverId,
      },
      { type: 'slaveHello', Running: isRunning() },
      { type: 'status', status: status() },
    ];
  }
}
