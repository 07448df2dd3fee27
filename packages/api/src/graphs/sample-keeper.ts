import { Lifetime, messageOf, type BoxConfig, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import type { KnownState, Usage } from '../box/known-state.js';
import type { QueueTalk } from '../talk/queue-talk.js';
import { SampleFiles } from './sample-files.js';
import { sampleMs } from './sample.js';

export interface SampleKeeperOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queue: Pick<QueueTalk, 'ask'>;
  readonly state: Pick<KnownState, 'statuses' | 'definition'>;
}

/** The queue may have to look through the processes of the machine, milliseconds. */
const usageMs = 5_000;

/**
 * Writes down twice a minute what each running game costs and how many play, for graphs. While the queue is away
 * nothing is written: a gap is a gap.
 */
export class SampleKeeper implements LongLived {
  readonly #files = new Map<string, SampleFiles>();
  readonly #life = new Lifetime({ begin: (signal) => this.#life.add(this.#keepTaking(signal)) });
  #hasFailed = false;

  constructor(private readonly options: SampleKeeperOptions) {}

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepTaking(signal: AbortSignal): Promise<void> {
    while (await this.options.clock.rest(sampleMs, signal)) await this.#take();
  }

  async #take(): Promise<void> {
    const { queue, logger } = this.options;
    const usage = await queue.ask('usage', { isPassing: true }, usageMs).catch(() => undefined); // it is away
    if (usage === undefined) return;
    try {
      await this.#write(usage as Readonly<Record<string, Usage>>); // our own queue answers
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) logger.warn({ event: 'samples.not_written', because: messageOf(error) });
      this.#hasFailed = true;
    }
  }

  /** A server without a definition is being removed, and its history with it. */
  async #write(usage: Readonly<Record<string, Usage>>): Promise<void> {
    const { clock, state } = this.options;
    const at = clock.wallNow();
    for (const { serverId, players, arePlayersUnknown } of await state.statuses()) {
      const figures = usage[serverId];
      if (!figures || !state.definition(serverId)) continue;
      const count = arePlayersUnknown ? null : players.length;
      await this.#filesOf(serverId).add({ at, spanMs: sampleMs, ...figures, players: count });
    }
  }

  #filesOf(serverId: string): SampleFiles {
    const known = this.#files.get(serverId) ?? new SampleFiles(this.options.config().home, serverId);
    this.#files.set(serverId, known);
    return known;
  }
}
