import {
  boxCommandDeadlineMs,
  boxPaths,
  commandDeadlineMs,
  isBoxCommandName,
  Link,
  PinkyError,
  type BoxCommandName,
  type Clock,
  type CommandName,
  type LongLived,
  type Message,
  type ProgressListener,
} from '@pinky/protocol';

/** One command on its way, with the id under which it runs at most once. */
export interface SentCommand {
  readonly name: CommandName | BoxCommandName;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id: string;
}

/** How long a look may take, milliseconds: the queue answers it from memory. */
const lookMs = 2_000;
/** Extra time beyond the deadline of a command, so that the box can still answer. Milliseconds. */
const graceMs = 5_000;
const retryMs = 100;

/** Our connection to the queue of the box. It comes back by itself, and no command is run twice. */
export class QueueTalk implements LongLived {
  readonly #link: Link;
  readonly #over = new AbortController();

  constructor(home: string, greet: () => readonly Message[], private readonly clock: Clock) {
    this.#link = new Link({ path: boxPaths(home).queueSocket }, { greet });
  }

  start(signal?: AbortSignal): void {
    this.#link.start(signal);
  }

  stop(): Promise<void> {
    this.#over.abort();
    return this.#link.stop();
  }

  get isThere(): boolean {
    return this.#link.peer !== undefined;
  }

  /** Asks for what the queue has in memory. Throws `connection_lost` at once while no queue is there. */
  ask(method: string, params: unknown = {}, deadlineMs = lookMs): Promise<unknown> {
    return this.#link.request(method, params, { deadlineMs });
  }

  /**
   * Has a command carried out. While the queue is away it waits, and sends it again with the same id, until the
   * command's own deadline is over.
   */
  async command({ name, data, id }: SentCommand, onProgress: ProgressListener): Promise<unknown> {
    const deadlineMs = deadlineOf(name) + graceMs;
    const giveUpAt = this.clock.now() + deadlineMs;
    for (;;) {
      try {
        return await this.#link.request('command', { name, data, id }, { deadlineMs, onProgress });
      } catch (error) {
        const isLost = error instanceof PinkyError && error.code === 'connection_lost';
        if (!isLost || this.#over.signal.aborted || this.clock.now() >= giveUpAt) throw error;
      }
      await this.clock.rest(retryMs, this.#over.signal);
    }
  }
}

const deadlineOf = (name: CommandName | BoxCommandName): number =>
  isBoxCommandName(name) ? boxCommandDeadlineMs[name] : commandDeadlineMs[name];
