import { PinkyError, toErrorAnswer, type Clock, type Logger } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';

/** Asks the queue something. Rejects while there is none. */
export type AskQueue = (method: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface SettingsTellerParts {
  readonly server: Pick<GameServer, 'serverId' | 'record'>;
  readonly askQueue: AskQueue;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Pause between two attempts to reach the queue, milliseconds. */
const retryMs = 500;

/** Has the queue write the settings into the definition that the game has announced. They wait in the record. */
export class SettingsTeller {
  #isTelling = false;
  readonly #end = new AbortController();

  constructor(private readonly parts: SettingsTellerParts) {}

  /** Tells until the queue has written it. */
  tell(): void {
    if (this.#isTelling || !this.parts.server.record.now?.announced) return;
    this.#isTelling = true;
    void this.#keepTelling().finally(() => { this.#isTelling = false; });
  }

  /** The next worker tells it, from the record. */
  leave(): void {
    this.#end.abort();
  }

  async #keepTelling(): Promise<void> {
    const { server: { serverId, record }, askQueue, clock, log } = this.parts;
    for (let told = record.now?.announced; told && !this.#end.signal.aborted; told = record.now?.announced) {
      try {
        await askQueue('settingsChanged', { serverId, ...told });
        if (record.now?.announced === told) record.tryChange({ announced: undefined });
        continue;
      } catch (error) {
        // A queue of an older version knows nothing of it.
        if (error instanceof PinkyError && error.code === 'unsupported') return;
        log.debug({ event: 'settings.untold', serverId, because: toErrorAnswer(error).code });
      }
      await clock.rest(retryMs, this.#end.signal);
    }
  }
}
