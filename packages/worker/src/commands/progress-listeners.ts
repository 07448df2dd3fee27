import type { CommandName, ProgressListener } from '@pinky/protocol';

/** Commands whose senders want to see how far the work is that they have begun, or have joined. */
const long: ReadonlySet<CommandName> = new Set(['start', 'stop', 'restart', 'backup']);

/** Brings what downloads, unpacking and backups say of themselves to whoever waits for them. */
export class ProgressListeners {
  readonly #listeners = new Set<ProgressListener>();

  readonly tell: ProgressListener = (progress) => {
    for (const listener of this.#listeners) listener(progress);
  };

  async during<T>(name: CommandName, listener: ProgressListener, work: Promise<T>): Promise<T> {
    if (!long.has(name)) return work;
    this.#listeners.add(listener);
    try {
      return await work;
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
