import { existsSync } from 'node:fs';
import { Lifetime, messageOf, serverPaths, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import { helloTimeMs } from '../state/state-writer.js';
import { serverFolders } from './server-folders.js';

export interface MissingWorkersOptions {
  /** `$SERVERS`. */
  readonly servers: () => string;
  readonly hasWorker: (serverId: string) => boolean;
  readonly ensureWorker: (serverId: string) => Promise<void>;
  /** A box that is stopping starts no worker. */
  readonly isStopping: () => boolean;
  /** The box was brought up without what was wanted: only the supervisor knows which games run. */
  readonly areHeld: () => boolean;
  /** A server has neither a worker nor a folder: whatever is known of it may be forgotten. */
  readonly onVanished: (serverId: string) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Has workers started for servers that need one: at its start, and when a worker is gone. */
export class MissingWorkers implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#later(() => this.#startAll()) });

  constructor(private readonly options: MissingWorkersOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Whether a server needs a worker: its folder says so. */
  isExpected(serverId: string): boolean {
    return existsSync(serverPaths(this.options.servers(), serverId).dir);
  }

  workerGone(serverId: string): void {
    this.#later(() => this.#replace(serverId));
  }

  /** Does it once the workers had time to say hello. */
  #later(task: () => Promise<void>): void {
    const { clock } = this.options;
    this.#life.add(clock.rest(helloTimeMs, this.#life.signal).then((isTime) => (isTime ? task() : undefined)));
  }

  async #startAll(): Promise<void> {
    if (this.options.areHeld()) return;
    for (const serverId of serverFolders(this.options.servers())) {
      if (this.#life.signal.aborted) return;
      if (!this.options.hasWorker(serverId)) await this.#ask(serverId);
    }
  }

  async #replace(serverId: string): Promise<void> {
    if (this.options.hasWorker(serverId)) return;
    if (this.isExpected(serverId)) return this.#ask(serverId);
    this.options.onVanished(serverId);
  }

  async #ask(serverId: string): Promise<void> {
    if (this.options.isStopping()) return;
    await this.options
      .ensureWorker(serverId)
      .catch((error: unknown) =>
        this.options.logger.debug({ event: 'worker.missing', serverId, because: messageOf(error) }),
      );
  }
}
