import { PinkyError } from '@pinky/protocol';

/** The servers whose worlds are being exchanged or removed: they are not started meanwhile, by nobody. */
export class HeldServers {
  readonly #held = new Map<string, string>();

  /** Holds a server until the answer is called; `because` says what for. Throws `not_ready` if it is held already. */
  hold(serverId: string, because: string): () => void {
    this.assertFree(serverId);
    this.#held.set(serverId, because);
    return () => void this.#held.delete(serverId);
  }

  has(serverId: string): boolean {
    return this.#held.has(serverId);
  }

  /** Throws `not_ready`. */
  assertFree(serverId: string): void {
    const because = this.#held.get(serverId);
    if (because === undefined) return;
    throw new PinkyError(
      'not_ready',
      `server ${serverId}: ${because}`,
      { remedy: 'send the command again when that is done' },
    );
  }
}
