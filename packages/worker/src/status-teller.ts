import { basename } from 'node:path';
import { titles, type ServerStatus } from '@pinky/protocol';
import type { Later } from './admission/after-work.js';

export interface StatusTellerOptions {
  readonly later: Pick<Later, 'soon'>;
  readonly status: () => ServerStatus;
  /** False once nothing is to be told any more. */
  readonly isServing: () => boolean;
  readonly setTitle: (title: string) => void;
  readonly tell: (status: ServerStatus) => void;
  /** The game is up, for the first time in this process. */
  readonly onUp: () => void;
  readonly onTold: () => void;
}

/** Tells others the status, and shows it in the title: once per turn of the event loop, however much has changed. */
export class StatusTeller {
  #isDue = false;
  #title = '';
  #wasUp = false;

  constructor(private readonly options: StatusTellerOptions) {}

  /** Something has changed. */
  tellSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.options.later.soon(() => this.tellNow());
  }

  /** Tells what has changed, if anything has: an answer comes after the status that it speaks of. */
  tellNow(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    if (this.options.isServing()) this.#tell();
  }

  #tell(): void {
    const { status: statusNow, onUp, tell, onTold } = this.options;
    const status = statusNow();
    this.#entitle(status);
    if (status.state === 'up' && !this.#wasUp) onUp();
    this.#wasUp ||= status.state === 'up';
    tell(status);
    onTold();
  }

  #entitle({ serverId, game, state, isBackingUp, port, players }: ServerStatus): void {
    const title = titles.worker({
      serverId,
      game: basename(game),
      state,
      isBackingUp,
      port,
      players: players.length,
    });
    if (title !== this.#title) this.options.setTitle(title);
    this.#title = title;
  }
}
