import { randomUUID } from 'node:crypto';
import {
  commandDeadlineMs,
  Lifetime,
  messageOf,
  type Clock,
  type CommandResult,
  type Definition,
  type Logger,
  type LongLived,
} from '@pinky/protocol';
import type { RequestedRoute } from '../routing/command-route.js';
import type { DefinitionBook } from './definition-book.js';

export interface WantedServersOptions {
  readonly book: DefinitionBook;
  /** Whether a server runs, fails, or will have a worker that brings it back, or has a start on its way. */
  readonly isThere: (serverId: string) => boolean;
  /** The box was brought up without what was wanted. */
  readonly areHeld: () => boolean;
  readonly route: (requested: RequestedRoute) => Promise<CommandResult>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two looks for servers that are wanted up and are not there, milliseconds. */
const lookMs = 5_000;
/**
 * How long a worker that comes with a server that is down may take to say that it stays down, milliseconds. One of an
 * older version asks for that five times a second, and its status tells nothing of it.
 */
const lastWordMs = 1_000;
/** The pause after a start that did not reach a worker. It doubles up to the longest. Milliseconds. */
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/**
 * Starts the servers that are wanted up and of which nothing is left but what is not published yet: after a `down`, a
 * TERM, or the machine's end. A server that still has a folder is first its worker's to bring back.
 */
export class WantedServers implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepLooking()) });
  readonly #pauses = new Map<string, { readonly until: number; readonly ms: number }>();
  #isOver = false;

  constructor(private readonly options: WantedServersOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** A worker has come whose server is down. */
  arrivedDown(): void {
    const { clock } = this.options;
    this.#life.add(clock.rest(lastWordMs, this.#life.signal).then((isTime) => { if (isTime) this.#look(); }));
  }

  /** The box is going down: nothing is started any more. */
  stopStarting(): void {
    this.#isOver = true;
  }

  async #keepLooking(): Promise<void> {
    do this.#look();
    while (await this.options.clock.rest(lookMs, this.#life.signal));
  }

  #look(): void {
    const { book, isThere, areHeld, clock } = this.options;
    if (this.#isOver || areHeld()) return;
    for (const definition of book.all()) {
      const { serverId, wanted } = definition;
      const isPausing = clock.now() < (this.#pauses.get(serverId)?.until ?? 0);
      // a start may take half an hour: a stop of the queue does not wait for it
      if (wanted === 'up' && !isPausing && !isThere(serverId)) void this.#start(definition);
    }
  }

  async #start({ serverId, revision }: Definition): Promise<void> {
    const { route, logger } = this.options;
    logger.info({ event: 'server.wanted', serverId, revision });
    try {
      await route({
        command: { name: 'start', data: { serverId } },
        id: `wanted:${randomUUID()}`,
        deadlineMs: commandDeadlineMs.start,
        isComingBack: true,
      });
      this.#pauses.delete(serverId);
    } catch (error) {
      this.#pause(serverId);
      logger.warn({ event: 'server.wanted_not_started', serverId, because: messageOf(error) });
    }
  }

  #pause(serverId: string): void {
    const ms = Math.min(longestPauseMs, (this.#pauses.get(serverId)?.ms ?? firstPauseMs / 2) * 2);
    this.#pauses.set(serverId, { until: this.options.clock.now() + ms, ms });
  }
}
