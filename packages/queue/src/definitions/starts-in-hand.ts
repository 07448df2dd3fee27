import type { DefinedStart, ServerStatus, WantedState } from '@pinky/protocol';

/** A start or restart that is on its way to a worker. */
export interface StartInHand {
  readonly serverId: string;
  readonly defined: DefinedStart;
  /** The worker tells by it that it has accepted this start. */
  readonly revision: number;
  /** The definition says the same already. */
  readonly isKnown: boolean;
  readonly isRestart?: boolean;
  /** `down` once a stop came after it. */
  wanted: WantedState;
  /** The server was not wanted up before. */
  readonly isNew: boolean;
  /** The definition has been changed for it. That happens once: what comes later counts more. */
  isAccepted: boolean;
}

/** The starts that are not answered yet, in the order in which they came. */
export class StartsInHand {
  readonly #starts = new Set<StartInHand>();

  add(start: StartInHand): void {
    this.#starts.add(start);
  }

  remove(start: StartInHand): void {
    this.#starts.delete(start);
  }

  has(serverId: string): boolean {
    return [...this.#starts].some((start) => start.serverId === serverId);
  }

  hasNew(serverId: string): boolean {
    return [...this.#starts].some((start) => start.serverId === serverId && start.isNew);
  }

  /** A stop came after them: whatever becomes of them, their server is not wanted up. */
  cancel(serverId: string): void {
    for (const start of this.#starts) if (start.serverId === serverId) start.wanted = 'down';
  }

  /** The start that a worker says it does. A restart is accepted by its answer: the old run may be of that revision. */
  acceptedBy({ serverId, revision }: ServerStatus): StartInHand | undefined {
    return [...this.#starts].find(
      (start) => start.serverId === serverId && start.revision === revision && !start.isRestart,
    );
  }
}
